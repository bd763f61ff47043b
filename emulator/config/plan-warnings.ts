import type { Problem } from '../state/state.types.js';
import type { Sections } from './sections.js';

/** What Cloudflare allows outside Enterprise plans (docs/reference/load-balancing.md 11). Not enforced: 14.39. */
const LIMITS = { load_balancers: 20, pools: 20, endpoints: 20, rules: 1, headers: 1 } as const;

/** More than the common plans allow. */
export function* planWarnings({ zones, pools }: Sections): Generator<Problem> {
  const loadBalancers = zones.flatMap(({ value, at }) =>
    (value?.load_balancers ?? []).map((loadBalancer, index) => ({
      loadBalancer,
      at: [...at, 'load_balancers', index],
    })),
  );
  yield* beyond('load_balancers', loadBalancers.length, ['zones'], 'load balancers');
  yield* beyond('pools', pools.length, ['pools'], 'pools');
  const endpoints = pools.reduce((sum, { value }) => sum + (value?.origins.length ?? 0), 0);
  yield* beyond('endpoints', endpoints, ['pools'], 'endpoints');
  for (const { loadBalancer, at } of loadBalancers) {
    yield* beyond('rules', loadBalancer.rules.length, [...at, 'rules'], 'rules in one load balancer');
    const headers = loadBalancer.session_affinity_attributes?.headers?.length ?? 0;
    yield* beyond('headers', headers, [...at, 'session_affinity_attributes', 'headers'], 'headers for sessions');
  }
}

function* beyond(limit: keyof typeof LIMITS, count: number, path: Problem['path'], what: string): Generator<Problem> {
  if (count <= LIMITS[limit]) return;
  const message = `has ${count} ${what}: Cloudflare allows more than ${LIMITS[limit]} on Enterprise plans only; colocal does not mind`;
  yield { path, code: 'enterprise_only', message };
}
