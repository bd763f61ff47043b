import type { Kind, ObjectOf, Problem } from '../state.types.js';
import type { Check } from './index.js';

/** Names are unique (docs/reference/api.md sections 2 and 3). Load balancers over all zones: one host, one answer. */
export const checkNames: Check = function* (_account, _before, suspects) {
  yield* repeated('zones', suspects.zones, (zone) => zone.name);
  yield* repeated('load_balancers', suspects.load_balancers, (loadBalancer) => loadBalancer.name);
  yield* repeated('pools', suspects.pools, (pool) => pool.name);
  yield* repeated('tunnels', suspects.tunnels, (tunnel) => tunnel.name);
  yield* repeated('virtual_networks', suspects.virtual_networks, (network) => network.name);
  yield* repeated('hostname_routes', suspects.hostname_routes, (route) => route.hostname, 'hostname');
  yield* repeated('spectrum', suspects.spectrum, (application) => application.name);
  yield* repeated('faults', suspects.faults, (fault) => fault.name);
};

function* repeated<K extends Kind>(
  kind: K,
  objects: ReadonlyMap<string, ObjectOf<K>>,
  nameOf: (object: ObjectOf<K>) => string,
  field = 'name',
): Generator<Problem> {
  const seen = new Set<string>();
  for (const [id, object] of objects) {
    const name = nameOf(object);
    if (!seen.has(name)) seen.add(name);
    else {
      yield {
        path: [kind, id, field],
        code: 'not_unique',
        message: `must be unique; another one has the ${field} ${JSON.stringify(name)}`,
      };
    }
  }
}
