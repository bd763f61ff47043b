import type { AccountSnapshot, Problem } from '../state.types.js';
import { checkFaults } from './faults.js';
import { checkHosts } from './hosts.js';
import { checkIngress } from './ingress.js';
import { checkMonitorGroups } from './monitor-groups.js';
import { checkMonitors } from './monitors.js';
import { checkNames } from './names.js';
import { checkNetworks } from './networks.js';
import { checkParts } from './parts.js';
import { checkPools } from './pools.js';
import { checkReferences } from './references.js';

/** One set of rules over the account as it would be; `before` tells what the transaction took away. */
export type Check = (after: AccountSnapshot, before: AccountSnapshot) => Iterable<Problem>;

const CHECKS: readonly Check[] = [
  checkParts,
  checkNames,
  checkReferences,
  checkHosts,
  checkPools,
  checkMonitors,
  checkMonitorGroups,
  checkNetworks,
  checkIngress,
  checkFaults,
];

/** Everything that is wrong with an account whose objects are each valid by their schemas. */
export function validate(after: AccountSnapshot, before: AccountSnapshot, further: readonly Check[] = []): Problem[] {
  return [...CHECKS, ...further].flatMap((check) => [...check(after, before)]);
}
