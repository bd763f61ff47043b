import type { Probing } from '../health/probe-hook.js';
import { type LinkMatch, listOf, type OneOrMore, type ProbeMatch } from '../state/fault.types.js';
import type { AccountSnapshot } from '../state/state.types.js';
import type { Link } from '../tunnel/homes.js';
import { idsOf, poolNameOf } from './match.js';
import { ExactFinder, MatchIndex, one } from './match-index.js';

/** Faults of connections, by what they match. */
export function linkIndex<T extends { readonly match: LinkMatch }>(
  values: readonly T[],
  { tunnels }: AccountSnapshot,
): MatchIndex<T, Link> {
  return new MatchIndex<T, Link>(values, [
    new ExactFinder(
      ({ match }) => one(match.connector),
      ({ connectorId }) => connectorId,
    ),
    new ExactFinder(
      ({ match: { tunnel } }) => (tunnel === undefined ? undefined : idsOf(tunnel, tunnels)),
      ({ tunnelId }) => tunnelId,
    ),
    new ExactFinder(
      ({ match }) => one(match.data_center),
      ({ dataCenter }) => dataCenter,
    ),
  ]);
}

/** Faults of probes, by what they match. */
export function probeIndex<T extends { readonly match: ProbeMatch }>(
  values: readonly T[],
  account: AccountSnapshot,
): MatchIndex<T, Probing> {
  return new MatchIndex<T, Probing>(values, [
    new ExactFinder(
      ({ match }) => one(match.endpoint),
      ({ origin }) => origin.name,
    ),
    new ExactFinder(
      ({ match }) => one(poolNameOf(match, account)),
      ({ pool }) => pool.name,
    ),
    new ExactFinder(
      ({ match: { tunnel } }) => (tunnel === undefined ? undefined : idsOf(tunnel, account.tunnels)),
      ({ tunnelId }) => tunnelId,
    ),
    new ExactFinder(
      ({ match }) => any(match.data_center),
      ({ from }) => from.code,
    ),
    new ExactFinder(
      ({ match }) => any(match.region),
      ({ from }) => from.region,
    ),
  ]);
}

function any(given: OneOrMore | undefined): readonly string[] | undefined {
  return given === undefined ? undefined : listOf(given);
}
