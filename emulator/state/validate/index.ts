import type { AccountSnapshot, Change, Collections, Problem } from '../state.types.js';
import { checkAccess } from './access.js';
import type { AccountIndex } from './account-index.js';
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
import { checkPrivateLoadBalancers } from './private-load-balancers.js';
import { checkReferences } from './references.js';
import { checkRules } from './rules.js';
import { checkSessions } from './sessions.js';
import { checkSpectrum } from './spectrum.js';
import { inOrderOf, suspectsOf } from './suspects.js';

/**
 * One set of rules over the account as it would be; `before` tells what the transaction took away. `suspects` are the
 * objects that may break them: everything, or what a change of a valid account may have made wrong (`suspects.ts`).
 * To them, what they are judged by is looked up in `after`.
 */
export type Check = (after: AccountSnapshot, before: AccountSnapshot, suspects: Collections) => Iterable<Problem>;

const OBJECT_CHECKS: readonly Check[] = [
  checkNames,
  checkReferences,
  checkHosts,
  checkPrivateLoadBalancers,
  checkPoolMaps,
  checkSessions,
  checkRules,
  checkPoolSets,
  checkPools,
  checkMonitors,
  checkMonitorGroups,
  checkNetworks,
  checkIngress,
  checkSpectrum,
  checkFaults,
];

const CHECKS: readonly Check[] = [checkParts, checkAccess, ...OBJECT_CHECKS];

/** Everything that is wrong with an account whose objects are each valid by their schemas. */
export function validate(after: AccountSnapshot, before: AccountSnapshot): Problem[] {
  return problemsOf(CHECKS, after, before, after);
}

/**
 * The same for an account that was valid, and of which only these objects changed: the cost is that of the change,
 * not that of the account.
 *
 * @param index of the account with the changes
 */
export function validateChanges(
  after: AccountSnapshot,
  before: AccountSnapshot,
  changes: readonly Change[],
  index: AccountIndex,
): Problem[] {
  const suspects = suspectsOf(after, changes, index);
  if (problemsOf(OBJECT_CHECKS, after, before, suspects).length === 0) return [];
  // Who is told to be the second of a name, and what is told first, goes by the order of the account.
  return problemsOf(OBJECT_CHECKS, after, before, inOrderOf(after, suspects));
}

function problemsOf(
  checks: readonly Check[],
  after: AccountSnapshot,
  before: AccountSnapshot,
  suspects: Collections,
): Problem[] {
  return checks.flatMap((check) => [...check(after, before, suspects)]);
}
