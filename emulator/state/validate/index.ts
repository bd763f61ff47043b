import type { AccountSnapshot, Problem } from '../state.types.js';
import { checkAccess } from './access.js';
import { checkFaults } from './faults.js';
import { checkHosts } from './hosts.js';
import { checkIngress } from './ingress.js';
import { checkMonitorGroups } from './monitor-groups.js';
import { checkMonitors } from './monitors.js';
import { checkNames } from './names.js';
import { checkNetworks } from './networks.js';
import { checkParts } from './parts.js';
import { checkPoolMaps } from './pool-maps.js';
import { checkPoolSets } from './pool-sets.js';
import { checkPools } from './pools.js';
import { checkReferences } from './references.js';
import { checkRules } from './rules.js';
import { checkSessions } from './sessions.js';

/** One set of rules over the account as it would be; `before` tells what the transaction took away. */
export type Check = (after: AccountSnapshot, before: AccountSnapshot) => Iterable<Problem>;

const CHECKS: readonly Check[] = [
  checkParts,
  checkNames,
  checkReferences,
  checkHosts,
  checkPoolMaps,
  checkSessions,
  checkRules,
  checkPoolSets,
  checkPools,
  checkMonitors,
  checkMonitorGroups,
  checkNetworks,
  checkAccess,
  checkIngress,
  checkFaults,
];

/** Everything that is wrong with an account whose objects are each valid by their schemas. */
export function validate(after: AccountSnapshot, before: AccountSnapshot): Problem[] {
  return CHECKS.flatMap((check) => [...check(after, before)]);
}
