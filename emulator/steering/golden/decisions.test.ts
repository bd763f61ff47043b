import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createRng } from '../../../runtime/rng.js';
import type { LoadBalancer, Pool, Rule } from '../../state/objects.js';
import { account, facts, loadBalancer, observations, origin, pool } from '../account.fixture.js';
import { compileSnapshot } from '../compile.js';
import { steer } from '../steer.js';
import type { HttpFacts, Observations, PinnedEndpoint, SessionAction } from '../steering.types.js';

/*
 * 200 decisions over one account with seed 1: decisions.txt says where each one goes, and is compared exactly. A change
 * there is a change of what users see: routes that they have noted down move. When it is meant, write the file anew with
 *
 *   UPDATE_GOLDEN=1 npx vitest run emulator/steering/golden
 */
const file = new URL('decisions.txt', import.meta.url);

const VANTAGES: readonly Partial<HttpFacts>[] = [
  { dataCenter: 'NRT', region: 'NEAS', dataCenterCountry: 'JP', latitude: 35.76, longitude: 140.39 },
  { dataCenter: 'FRA', region: 'WEU', dataCenterCountry: 'DE', latitude: 50.03, longitude: 8.57 },
  { dataCenter: 'SJC', region: 'WNAM', dataCenterCountry: 'US', latitude: 37.36, longitude: -121.93, country: 'MX' },
  { dataCenter: 'SYD', region: 'OC', dataCenterCountry: 'AU', latitude: -33.95, longitude: 151.18 },
];

const shedding = (default_policy: 'random' | 'hash') =>
  ({ default_percent: 30, default_policy, session_percent: 20, session_policy: 'hash' }) as const;
const endpoints = (...weights: number[]) => weights.map((weight, index) => origin('abcd'[index] ?? 'e', { weight }));

const pools: readonly Pool[] = [
  pool('tokyo', endpoints(0.5, 0.3, 0.2), { monitor: 'm', latitude: 35.7, longitude: 139.7 }),
  pool('berlin', endpoints(1, 1), {
    monitor: 'm',
    latitude: 52.5,
    longitude: 13.4,
    origin_steering: { policy: 'hash' },
    load_shedding: shedding('hash'),
  }),
  pool('denver', endpoints(1, 0, 1), {
    latitude: 39.7,
    longitude: -105,
    origin_steering: { policy: 'least_outstanding_requests' },
    load_shedding: shedding('random'),
  }),
  pool('perth', endpoints(0.4, 0.6), { origin_steering: { policy: 'least_connections' } }),
  pool('critical', endpoints(1, 1), { monitor: 'm', minimum_origins: 2 }),
  pool('spare', endpoints(1)),
];
const ALL = ['critical', 'tokyo', 'berlin', 'denver', 'perth'];

const rule = (part: Partial<Rule>): Rule => ({
  name: '',
  condition: '',
  priority: 0,
  disabled: false,
  terminates: false,
  ...part,
});
const balancer = (label: string, part: Partial<LoadBalancer>): LoadBalancer =>
  loadBalancer(`${label}.example.com`, ALL, {
    fallback_pool: 'spare',
    random_steering: { default_weight: 0.5, pool_weights: { tokyo: 1, perth: 0.2 } },
    ...part,
  });
const gone = { status_code: 410, content_type: 'text/plain', message_body: 'gone', location: '' };

const balancers: readonly LoadBalancer[] = [
  balancer('off', { steering_policy: 'off' }),
  balancer('random', { steering_policy: 'random' }),
  balancer('latency', { steering_policy: 'dynamic_latency' }),
  balancer('proximity', { steering_policy: 'proximity' }),
  balancer('requests', { steering_policy: 'least_outstanding_requests' }),
  balancer('connections', { steering_policy: 'least_connections' }),
  balancer('geo', {
    steering_policy: 'geo',
    pop_pools: { SYD: ['perth'] },
    country_pools: { MX: ['denver'] },
    region_pools: { WEU: ['berlin', 'critical'] },
  }),
  balancer('sets', {
    pool_sets: [
      {
        name: 'pacific',
        disabled: false,
        match: { topology: { regions: ['OC', 'NEAS'] } },
        overrides: { pools: ['perth', 'tokyo'], steering_policy: 'random', pool_weights: { perth: 0.2 } },
      },
      { name: 'closed', disabled: false, match: { topology: { countries: ['MX'] } }, fixed_response: gone },
    ],
  }),
  balancer('rules', {
    rules: [
      rule({ condition: 'ip.src in {203.0.113.0/26}', overrides: { pools: ['denver', 'perth'] } }),
      rule({ condition: 'cf.load_balancer.region eq "WEU"', overrides: { steering_policy: 'random' } }),
      rule({ condition: 'http.request.uri.path eq "/gone"', priority: 5, fixed_response: gone }),
    ],
  }),
  balancer('cookie', { steering_policy: 'random', session_affinity: 'cookie' }),
  balancer('address', { steering_policy: 'random', session_affinity: 'ip_cookie' }),
  balancer('header', {
    steering_policy: 'random',
    session_affinity: 'header',
    session_affinity_attributes: {
      samesite: 'Auto',
      secure: 'Auto',
      drain_duration: 0,
      zero_downtime_failover: 'sticky',
      headers: ['x-user'],
      require_all_headers: false,
    },
  }),
];

/** One decision a line, in the order in which the requests come; sessions are carried from one to the next. */
function decisions(count: number): string[] {
  const snapshot = compileSnapshot(account({ pools, loadBalancers: balancers }));
  const rng = createRng(1);
  const kept = new Map<string, PinnedEndpoint>();
  const cookies = new Map<string, string>();
  const down = observations('critical/a', 'tokyo/b');
  const seen: Observations = {
    healthOf: down.healthOf,
    roundTripOf: (id, dataCenter) => (id === 'perth' ? undefined : (id.length * dataCenter.charCodeAt(0)) % 41),
    outstanding: (id, endpoint) => (id.length * (endpoint?.charCodeAt(0) ?? 1)) % 5,
    openConnections: (id, endpoint) => (id.length * (endpoint?.charCodeAt(0) ?? 2)) % 7,
    headerSession: (id, key) => kept.get(`${id} ${key}`),
  };
  const keep = (client: string, session: SessionAction | undefined): string => {
    if (!session) return 'none';
    if (session.kind === 'cookie') cookies.set(client, session.value.split(';')[0] ?? '');
    else kept.set(`${session.loadBalancerId} ${session.key}`, session.pinned);
    return session.kind;
  };
  return Array.from({ length: count }, (_, index) => {
    const { name } = balancers[index % balancers.length] ?? balancers[0] ?? { name: '' };
    const round = Math.floor(index / balancers.length);
    const vantage = VANTAGES[round % VANTAGES.length] ?? {};
    const clientIp = `203.0.113.${(round % 8) * 29 + 3}`;
    const client = `${name} ${clientIp}`;
    const cookie = cookies.get(client);
    const request = facts(name, {
      ...vantage,
      clientIp,
      path: round % 5 === 4 ? '/gone' : '/',
      headers: ['x-user', `user ${round % 8}`, ...(cookie === undefined ? [] : ['cookie', cookie])],
      now: index * 1000,
    });
    const plan = steer(request, snapshot, seen, rng.fork(index));
    const from = `${name} ${request.dataCenter} ${clientIp} ->`;
    if (plan.kind !== 'attempts') return `${from} ${plan.kind}`;
    const attempt = plan.next();
    if (!attempt) throw new Error('a plan has at least one attempt');
    const honoured = plan.reasons.some(({ step, outcome }) => step === 'session' && outcome === 'honoured');
    const session = `${honoured ? 'honoured' : 'none'}, then ${keep(client, plan.answered?.(attempt))}`;
    const where = `${attempt.pool?.name}/${attempt.endpoint.name}${attempt.fallback ? ' fallback' : ''}`;
    return `${from} ${where}; session ${session}`;
  });
}

test('200 decisions go where they always went', () => {
  const lines = decisions(200);
  if (process.env.UPDATE_GOLDEN) writeFileSync(file, `${lines.join('\n')}\n`);
  expect(existsSync(file)).toBe(true);
  expect(lines).toEqual(readFileSync(file, 'utf8').trimEnd().split('\n'));
});

test('they show every kind of outcome', () => {
  const text = decisions(200).join('\n');
  for (const part of ['fallback', 'fixed_response', 'honoured', 'then cookie', 'then header', 'perth/', 'denver/c'])
    expect(text).toContain(part);
  expect(text).not.toMatch(/critical\/|tokyo\/b|denver\/b/);
});
