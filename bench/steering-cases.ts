import type { LoadBalancer, Pool, SteeringPolicy } from '../emulator/state/objects.js';
import { account, facts, loadBalancer, observations, origin, pool } from '../emulator/steering/account.fixture.js';
import { compileSnapshot } from '../emulator/steering/compile.js';
import { steer } from '../emulator/steering/steer.js';
import type { HttpFacts, Observations } from '../emulator/steering/steering.types.js';
import { createRng } from '../runtime/rng.js';

/** What a snapshot is made of. */
export interface Setup {
  readonly pools?: number;
  readonly rules?: number;
  readonly policy?: SteeringPolicy;
  readonly monitors?: boolean;
  /** `cookie`: the request comes with one. `new`: it comes without, and is given one. */
  readonly session?: 'cookie' | 'new' | 'header';
  /** Load balancers beside the one that is asked. */
  readonly others?: number;
  /** Pools that no load balancer uses. */
  readonly unrelated?: number;
}

export const HOST = 'app.example.com';

/** Headers as a browser sends them; the cookie that steering reads is the last of three. */
const HEADERS = [
  ['Host', HOST],
  [
    'User-Agent',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
  ],
  ['Accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
  ['Accept-Language', 'en-US,en;q=0.5'],
  ['Accept-Encoding', 'gzip, deflate, br'],
  ['Referer', 'https://app.example.com/start'],
  ['X-User', 'somebody'],
].flat();

/** A pool with two endpoints, somewhere. */
export function poolOf(index: number, monitors: boolean): Pool {
  return pool(`pool-${index}`, [origin('a', { weight: 0.5 }), origin('b')], {
    ...(monitors ? { monitor: 'monitor' } : {}),
    latitude: ((index * 37) % 180) - 90,
    longitude: ((index * 101) % 360) - 180,
  });
}

export function accountOf({ pools = 10, rules = 0, policy = 'random', monitors = true, ...rest }: Setup) {
  const { session, others = 0, unrelated = 0 } = rest;
  const all = Array.from({ length: pools + unrelated }, (_, index) => poolOf(index, monitors));
  const used = all.slice(0, pools).map(({ id }) => id);
  const part: Partial<LoadBalancer> = {
    steering_policy: policy,
    ...(policy === 'geo' ? { region_pools: { NEAS: used } } : {}),
    ...(session === undefined ? {} : { session_affinity: session === 'header' ? 'header' : 'cookie' }),
    ...(session === 'header' ? { session_affinity_attributes: headerAttributes } : {}),
    rules: Array.from({ length: rules }, (_, index) => rule(index, rules)),
  };
  const balancers = Array.from({ length: others }, (_, index) => loadBalancer(`other-${index}.example.com`, used));
  return account({ pools: all, loadBalancers: [loadBalancer(HOST, used, part), ...balancers] });
}

const headerAttributes: NonNullable<LoadBalancer['session_affinity_attributes']> = {
  samesite: 'Auto',
  secure: 'Auto',
  drain_duration: 0,
  zero_downtime_failover: 'none',
  headers: ['x-user'],
  require_all_headers: false,
};

/** Conditions of several kinds, none of which holds but the last. */
function rule(index: number, count: number): LoadBalancer['rules'][number] {
  const conditions = [
    `http.request.uri.path contains "/section-${index}/"`,
    `any(http.request.headers["x-user"][*] eq "nobody-${index}") and http.request.method eq "GET"`,
    `ip.src in {10.0.${index % 256}.0/24 192.0.2.7} or http.host eq "www-${index}.example.com"`,
  ];
  const holds = index === count - 1;
  return {
    name: `rule-${index}`,
    condition: holds ? 'http.request.uri.path wildcard "/orders/*"' : (conditions[index % 3] ?? ''),
    priority: index,
    disabled: false,
    terminates: false,
    ...(holds ? { overrides: { session_affinity_ttl: 3_600 } } : {}),
  };
}

/** Health and load as the edge keeps them: by pool, then by endpoint. */
function observed(pools: ReadonlyMap<string, Pool>): Observations {
  const of = <T>(value: (index: number) => T) => new Map([...pools.keys()].map((id, index) => [id, value(index)]));
  const health = of(
    () =>
      new Map<string, 'healthy'>([
        ['a', 'healthy'],
        ['b', 'healthy'],
      ]),
  );
  const roundTrips = of((index) => (index * 7) % 100);
  const busy = of((index) => index % 5);
  return {
    ...observations(),
    healthOf: (poolId, endpoint) => health.get(poolId)?.get(endpoint),
    roundTripOf: (poolId) => roundTrips.get(poolId),
    outstanding: (poolId) => busy.get(poolId) ?? 0,
    openConnections: (poolId) => busy.get(poolId) ?? 0,
  };
}

/** A decision as a request makes it: its own generator, the plan, the first endpoint, and what its answer does to the session. */
export function decision(setup: Setup): () => void {
  const asks = accountOf(setup);
  const snapshot = compileSnapshot(asks);
  const seen = observed(asks.pools);
  const rng = createRng('steering');
  let number = 0;
  const decide = (asked: HttpFacts): string | undefined => {
    const plan = steer(asked, snapshot, seen, rng.fork(number++));
    if (plan.kind !== 'attempts') throw new Error(`the benchmark expects an endpoint, not ${plan.kind}`);
    const attempt = plan.next();
    if (!attempt) throw new Error('the benchmark expects an endpoint');
    const action = plan.answered?.(attempt);
    return action?.kind === 'cookie' ? action.value : undefined;
  };
  const asked = { ...facts(HOST), path: '/orders/2024/index.html?page=2&sort=price', headers: HEADERS };
  if (setup.session !== 'cookie') return () => void decide(asked);
  const cookie = decide(asked)?.split(';')[0];
  const again = { ...asked, headers: [...HEADERS, 'Cookie', `theme=dark; visits=3; ${cookie}`] };
  if (decide(again) !== undefined) throw new Error('the cookie was not taken');
  return () => void decide(again);
}
