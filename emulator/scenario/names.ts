import type { LoadedConfig } from '../config/index.js';
import { REGIONS } from '../geo/regions.js';
import type { Problem } from '../state/state.types.js';
import type { ScenarioFile } from './schema.js';

/** Whether one of `names` is `name`; if not, it is reported at `path`. */
export type Known = (path: Problem['path'], noun: string, name: string, names: Iterable<string>) => boolean;

type Names = ReadonlySet<string>;

/** With --real, replicas go by their ids. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What loads and expectations name: a pool that does not exist has no share of anything, which must not pass for a result. */
export function checkNames({ steps, connectors }: ScenarioFile, { desired }: LoadedConfig, known: Known): void {
  const dataCenters = new Set(desired.data_centers);
  const endpoints = endpointsByPool(steps, desired.objects);
  const pools: Names = new Set(endpoints.keys());
  const byShare = {
    pool: { noun: 'pool', names: pools },
    endpoint: { noun: 'endpoint', names: new Set([...endpoints.values()].flatMap((names) => [...names])) },
    replica: { noun: 'connector', names: new Set(connectors.map(({ name }) => name)) },
    egress: { noun: 'data center of the configuration', names: dataCenters },
    data_center: { noun: 'data center of the configuration', names: dataCenters },
  } as const;

  for (const [index, { load, expect }] of steps.entries()) {
    for (const [place, { colo }] of (load?.from ?? []).entries()) {
      const path = ['steps', index, 'load', 'from', place, 'colo'];
      if (colo !== undefined) known(path, byShare.data_center.noun, colo, dataCenters);
    }
    if (!expect) continue;
    const { shares = {}, failover_within, health } = expect;
    const at = ['steps', index, 'expect'] as const;
    for (const [by, wanted] of Object.entries(shares)) {
      const { noun, names } = byShare[by as keyof typeof byShare];
      for (const name of Object.keys(wanted)) {
        if (by === 'replica' && UUID.test(name)) continue;
        known([...at, 'shares', by, name], noun, name, names);
      }
    }
    if (failover_within?.to !== undefined) known([...at, 'failover_within', 'to'], 'pool', failover_within.to, pools);
    for (const name of Object.keys(health?.pools ?? {})) known([...at, 'health', 'pools', name], 'pool', name, pools);
    for (const [name, wanted] of Object.entries(health?.endpoints ?? {})) {
      const path = [...at, 'health', 'endpoints', name];
      const all = Array.from(endpoints, ([pool, of]) => Array.from(of, (endpoint) => `${pool}/${endpoint}`)).flat();
      known(path, 'endpoint', name, all);
      if (typeof wanted === 'string') continue;
      const places = [...dataCenters, ...REGIONS.keys()];
      for (const place of Object.keys(wanted)) known([...path, place], 'data center or region', place, places);
    }
  }
}

/** Those of the configuration, and those that steps put there. */
function endpointsByPool(
  steps: ScenarioFile['steps'],
  objects: LoadedConfig['desired']['objects'],
): ReadonlyMap<string, Names> {
  const all = new Map<string, Set<string>>();
  for (const each of objects) {
    if (each.kind === 'pools') all.set(each.object.name, new Set(each.object.origins.map(({ name }) => name)));
  }
  for (const { change } of steps) {
    // "set" cannot make a pool, and is told so elsewhere.
    if (change?.pool === undefined || (!change.put && !all.has(change.pool))) continue;
    const names = all.get(change.pool) ?? new Set();
    all.set(change.pool, names);
    if (change.origin !== undefined && change.put) names.add(change.origin);
    const { origins } = (change.set ?? change.put ?? {}) as { readonly origins?: unknown };
    if (!Array.isArray(origins)) continue;
    for (const each of origins as readonly ({ readonly name?: unknown } | null)[]) names.add(String(each?.name));
  }
  return all;
}
