import { SCHEMAS } from '../../../state/schemas/index.js';
import type { ApiDeps } from '../../api.types.js';
import { crud } from '../../crud.js';
import type { Area, Call, Endpoint } from '../../endpoint.js';
import { type Json, merged } from '../../merge.js';
import { notFound, refusal } from './refusal.js';
import { loadBalancerResult, shownLoadBalancer } from './shown-load-balancer.js';

/** Maps whose keys are data: PATCH replaces them whole (docs/reference/api.md 2.2). */
const MAPS: ReadonlySet<string> = new Set(['region_pools', 'country_pools', 'pop_pools', 'pool_weights']);

const PRIVATE = SCHEMAS.load_balancers.omit({ zone_id: true });
/** Its host name is where it is reached. */
const PUBLIC = PRIVATE.omit({ address: true });

/**
 * The six endpoints of a zone's load balancers, or of the account's own.
 *
 * @param zoneOf the zone that the path names; empty: the account
 */
function endpoints(
  path: string,
  noun: string,
  zoneOf: (call: Call) => string,
  body: typeof PRIVATE | typeof PUBLIC,
  deps: ApiDeps,
): readonly Endpoint[] {
  return crud(
    {
      kind: 'load_balancers',
      noun,
      path,
      body,
      result: loadBalancerResult,
      list: ({ load_balancers }, call) =>
        [...load_balancers.values()]
          .filter(({ zone_id }) => zone_id === zoneOf(call))
          .sort((a, b) => (a.name < b.name ? -1 : 1)),
      belongs: ({ zone_id }, call) => zone_id === zoneOf(call),
      shown: shownLoadBalancer,
      given: (body, call) => ({ ...body, zone_id: zoneOf(call) }),
      patched,
      notFound: notFound('load balancer'),
    },
    deps,
  );
}

function patched(before: Json, patch: Json): Json {
  const { pool_sets, ...others } = patch;
  // docs/reference/load-balancing.md 1.1: null changes nothing here; [] clears.
  const changes = pool_sets === null || pool_sets === undefined ? others : patch;
  return merged(withoutOtherSessions(before, patch), changes, MAPS);
}

/** Sessions of another kind have other lifetimes and attributes: those of before are no defaults for them. */
function withoutOtherSessions(before: Json, { session_affinity }: Json): Json {
  if (session_affinity === undefined || session_affinity === before.session_affinity) return before;
  const { session_affinity_ttl: _ttl, session_affinity_attributes: _attributes, ...rest } = before;
  return rest;
}

export const loadBalancers: Area = {
  title: 'Load balancers',
  refusal,
  endpoints: (deps) =>
    endpoints('/zones/:zone_id/load_balancers', 'load balancer', (call) => call.param('zone_id'), PUBLIC, deps),
};

/** Served after everything else below its path. */
export const accountLoadBalancers: Area = {
  title: 'Private load balancers',
  refusal,
  endpoints: (deps) =>
    endpoints('/accounts/:account_id/load_balancers', 'private load balancer', () => '', PRIVATE, deps),
};
