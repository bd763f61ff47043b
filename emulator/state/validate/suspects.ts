import { routeTableOf } from '../../network/routes.js';
import { KINDS } from '../draft.js';
import type { Route, Zone } from '../objects.js';
import type { AccountSnapshot, Change, Collections, Kind, ObjectOf } from '../state.types.js';
import { type AccountIndex, collect, type ObjectKey } from './account-index.js';

/**
 * The objects of an account that was valid which these changes may have made invalid:
 *
 * - what was written, and what has to be unlike it, or to agree with it;
 * - what refers to something that is gone;
 * - what is judged by something else that is gone, or is another now: names of zones and load balancers, and routes.
 *
 * Everything else is as right as it was.
 */
export function suspectsOf(after: AccountSnapshot, changes: readonly Change[], index: AccountIndex): Collections {
  const suspects: ObjectKey[] = [];
  for (const { kind, id, before, after: now } of changes) {
    if (now) {
      suspects.push([kind, id]);
      for (const alike of index.alike(kind, now)) suspects.push([kind, alike]);
    } else suspects.push(...index.referrersOf(kind, id));
    if (before) suspects.push(...judgedBy(kind, before, now, after, index));
  }
  return pick(after, suspects);
}

function judgedBy(
  kind: Kind,
  before: ObjectOf<Kind>,
  now: ObjectOf<Kind> | undefined,
  account: AccountSnapshot,
  index: AccountIndex,
): Iterable<ObjectKey> {
  switch (kind) {
    case 'zones':
      return judgedByZone(before as Zone, now as Zone | undefined, account, index);
    case 'load_balancers':
      return applicationsOf([before.id], account);
    case 'routes':
      return judgedByRoute(before as Route, now as Route | undefined, account, index);
    default:
      return [];
  }
}

/** Names of load balancers and hosts of endpoints are below a zone; monitors may name one. */
function* judgedByZone(
  before: Zone,
  now: Zone | undefined,
  account: AccountSnapshot,
  index: AccountIndex,
): Generator<ObjectKey> {
  if (now?.name === before.name) return;
  const named = [...index.referrersOf('zones', before.id)];
  yield* named;
  yield* applicationsOf(
    named.map(([, id]) => id),
    account,
  );
  for (const [id, { origins }] of account.pools) if (origins.some(({ header }) => header)) yield ['pools', id];
  for (const [id, { probe_zone }] of account.monitors) if (probe_zone !== '') yield ['monitors', id];
}

/** Host names of Spectrum applications are unlike those of their load balancers, and in the same zone. */
function* applicationsOf(loadBalancers: readonly string[], account: AccountSnapshot): Generator<ObjectKey> {
  if (account.spectrum.size === 0) return;
  const judging = new Set(loadBalancers);
  for (const [id, { load_balancer_id }] of account.spectrum) if (judging.has(load_balancer_id)) yield ['spectrum', id];
}

/** Private endpoints are covered by a route. */
function* judgedByRoute(
  before: Route,
  now: Route | undefined,
  account: AccountSnapshot,
  index: AccountIndex,
): Generator<ObjectKey> {
  const { virtual_network_id: network } = before;
  if (now?.network === before.network && now.virtual_network_id === network) return;
  const routes = routeTableOf(account.routes);
  for (const id of index.poolsWithin(network, before.network)) {
    const uncovered = account.pools
      .get(id)
      ?.origins.some(
        ({ virtual_network_id, address }) => virtual_network_id === network && !routes.lookup(network, address),
      );
    if (uncovered) yield ['pools', id];
  }
}

function pick(account: AccountSnapshot, keys: readonly ObjectKey[]): Collections {
  return collect(
    keys.flatMap(([kind, id]) => {
      const object: ObjectOf<Kind> | undefined = account[kind].get(id);
      return object ? [[kind, id, object] as const] : [];
    }),
  );
}

/** The same objects, as the account has them one after the other. */
export function inOrderOf(account: AccountSnapshot, objects: Collections): Collections {
  const ordered: [Kind, string, ObjectOf<Kind>][] = [];
  for (const kind of KINDS) {
    const wanted: ReadonlyMap<string, ObjectOf<Kind>> = objects[kind];
    if (wanted.size === 0) continue;
    for (const [id, object] of account[kind]) if (wanted.has(id)) ordered.push([kind, id, object]);
  }
  return collect(ordered);
}
