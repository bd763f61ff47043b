import type { Problem } from '../state/state.types.js';
import type { ConfigFile } from './schema.js';
import type { Sections } from './sections.js';

type Path = Problem['path'];
type LoadBalancer = ConfigFile['zones'][number]['load_balancers'][number];

/** Session affinity without effect: docs/reference/load-balancing.md 5.1, 5.2. */
export function* sessionWarnings({ zones }: Sections): Generator<Problem> {
  for (const { value: zone, at } of zones) {
    for (const [index, loadBalancer] of (zone?.load_balancers ?? []).entries()) {
      yield* warningsOf(loadBalancer, [...at, 'load_balancers', index]);
    }
  }
}

function* warningsOf(loadBalancer: LoadBalancer, at: Path): Generator<Problem> {
  const { session_affinity, session_affinity_attributes, proxied, name } = loadBalancer;
  const inVain = (path: Path, message: string) => ({ path: [...at, ...path], code: 'no_effect', message });
  if (session_affinity === 'none' || session_affinity === '') {
    for (const key of ['session_affinity_ttl', 'session_affinity_attributes'] as const) {
      if (loadBalancer[key] !== undefined) yield inVain([key], 'has no effect without session_affinity');
    }
    return;
  }
  if (!proxied) {
    const message = `is ${session_affinity}, and ${name} is DNS-only, which has no sessions; write proxied: true to have them`;
    yield inVain(['session_affinity'], message);
  }
  if (session_affinity === 'header') return;
  for (const key of ['headers', 'require_all_headers'] as const) {
    if (session_affinity_attributes?.[key] === undefined) continue;
    yield inVain(['session_affinity_attributes', key], `has no effect with session_affinity: ${session_affinity}`);
  }
}
