import { describe, expect, test } from 'vitest';
import { createRng } from '../../runtime/rng.js';
import {
  type AccountParts,
  account,
  facts,
  loadBalancer,
  observations,
  origin,
  pool,
  record,
  tunnel,
} from './account.fixture.js';
import { compileSnapshot } from './compile.js';
import { steer } from './steer.js';
import type { Plan } from './steering.types.js';

const TUNNEL = '0f3c2a4e-6c1e-4b7a-9d55-1f2e3d4c5b6a';
const pools = [pool('tokyo', [origin('tokyo-a')])];

function plan(parts: AccountParts, host: string): Plan {
  return steer(facts(host), compileSnapshot(account(parts)), observations(), createRng(1));
}

/** What answers: the load balancer's name, the address of the first attempt, or the kind of plan. */
function answer(parts: AccountParts, host: string): string {
  const decided = plan(parts, host);
  if (decided.kind !== 'attempts') return decided.kind;
  return decided.loadBalancer?.name ?? decided.next()?.endpoint.address ?? 'no attempt';
}

// docs/reference/load-balancing.md 1.1: "the LB wins when it is as specific or more specific".
describe('a name that both a load balancer and a DNS record have', () => {
  test('belongs to the load balancer when both are exact, and the reason says so', () => {
    const parts = {
      pools,
      loadBalancers: [loadBalancer('x.example.com', ['tokyo'])],
      records: [record('x.example.com', 'A', '192.0.2.1')],
    };
    expect(answer(parts, 'x.example.com')).toBe('x.example.com');
    expect(plan(parts, 'x.example.com').reasons[0]?.detail).toContain('beats the DNS record');
  });

  test('belongs to the record when only that is exact', () => {
    const parts = {
      pools,
      loadBalancers: [loadBalancer('*.example.com', ['tokyo'])],
      records: [record('y.example.com', 'A', '192.0.2.1')],
    };
    expect(answer(parts, 'y.example.com')).toBe('192.0.2.1');
    expect(answer(parts, 'z.example.com')).toBe('*.example.com');
  });

  test('belongs to the load balancer when both are wildcards', () => {
    const parts = {
      pools,
      loadBalancers: [loadBalancer('*.example.com', ['tokyo'])],
      records: [record('*.example.com', 'A', '192.0.2.1')],
    };
    expect(answer(parts, 'y.example.com')).toBe('*.example.com');
  });

  test('belongs to the load balancer when only that is exact', () => {
    const parts = {
      pools,
      loadBalancers: [loadBalancer('x.example.com', ['tokyo'])],
      records: [record('*.example.com', 'A', '192.0.2.1')],
    };
    expect(answer(parts, 'x.example.com')).toBe('x.example.com');
    expect(answer(parts, 'y.example.com')).toBe('192.0.2.1');
  });

  test('goes to the record when the load balancer is disabled', () => {
    const parts = {
      pools,
      loadBalancers: [loadBalancer('x.example.com', ['tokyo'], { enabled: false })],
      records: [record('x.example.com', 'A', '192.0.2.1')],
    };
    expect(answer(parts, 'x.example.com')).toBe('192.0.2.1');
    expect(plan(parts, 'x.example.com').reasons.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual([
      'load_balancer skipped',
      'dns_record matched',
    ]);
  });
});

describe('a load balancer', () => {
  test('may stand at the root of the zone, and is found in whatever case it was written', () => {
    expect(answer({ pools, loadBalancers: [loadBalancer('Example.com', ['tokyo'])] }, 'example.com')).toBe(
      'Example.com',
    );
  });

  test('that is disabled and has no record of its name answers nothing, nor does a wildcard in its place', () => {
    const loadBalancers = [
      loadBalancer('x.example.com', ['tokyo'], { enabled: false }),
      loadBalancer('*.example.com', ['tokyo']),
    ];
    const decided = plan({ pools, loadBalancers }, 'x.example.com');
    expect(decided.kind).toBe('unknown_host');
    expect(decided.reasons[0]).toMatchObject({ step: 'load_balancer', subject: 'x.example.com', outcome: 'skipped' });
  });

  test('that is not proxied answers only DNS', () => {
    const loadBalancers = [loadBalancer('x.example.com', ['tokyo'], { proxied: false })];
    expect(plan({ pools, loadBalancers }, 'x.example.com')).toMatchObject({
      kind: 'dns_only',
      name: 'x.example.com',
      what: 'load balancer',
    });
  });
});

describe('a proxied DNS record', () => {
  test('is a public endpoint that sees the Host of the request', () => {
    const decided = plan({ records: [record('www.example.com', 'CNAME', 'origin.example.net.')] }, 'www.example.com');
    if (decided.kind !== 'attempts') throw new Error(decided.kind);
    expect(decided.zoneId).toBe('example.com');
    expect(decided.next()).toEqual({
      endpoint: { name: 'origin.example.net.', address: 'origin.example.net', port: 0 },
      fallback: false,
    });
    expect(decided.next()).toBeUndefined();
  });

  test('that is a CNAME to a tunnel leads there, with its own name as Host', () => {
    const parts = {
      tunnels: [tunnel(TUNNEL, 'tokyo')],
      records: [record('www.example.com', 'CNAME', `${TUNNEL.toUpperCase()}.cfargotunnel.com.`)],
    };
    const decided = plan(parts, 'www.example.com');
    if (decided.kind !== 'attempts') throw new Error(decided.kind);
    expect(decided.next()?.endpoint).toEqual({
      name: 'tokyo',
      address: `${TUNNEL}.cfargotunnel.com`,
      port: 0,
      host: 'www.example.com',
    });
  });

  test('that is a wildcard CNAME to a tunnel passes the name that was asked for', () => {
    const parts = {
      tunnels: [tunnel(TUNNEL, 'tokyo')],
      records: [record('*.example.com', 'CNAME', `${TUNNEL}.cfargotunnel.com`)],
    };
    const decided = plan(parts, 'any.example.com');
    if (decided.kind !== 'attempts') throw new Error(decided.kind);
    expect(decided.next()?.endpoint.host).toBe('any.example.com');
  });

  test('shares its name with others evenly; the rest are tried after the first, each once', () => {
    const addresses = ['192.0.2.1', '192.0.2.2', '2001:db8::1'];
    const records = addresses.map((address) =>
      record('www.example.com', address.includes(':') ? 'AAAA' : 'A', address),
    );
    const snapshot = compileSnapshot(account({ records }));
    const rng = createRng(3);
    const firsts = new Map<string, number>();
    for (let i = 0; i < 3000; i++) {
      const decided = steer(facts('www.example.com'), snapshot, observations(), rng.fork(i));
      if (decided.kind !== 'attempts') throw new Error(decided.kind);
      const order = [decided.next(), decided.next(), decided.next()].map((attempt) => attempt?.endpoint.address ?? '');
      expect([...order].sort()).toEqual(addresses);
      expect(decided.next()).toBeUndefined();
      firsts.set(order[0] ?? '', (firsts.get(order[0] ?? '') ?? 0) + 1);
    }
    for (const address of addresses) expect(Math.abs((firsts.get(address) ?? 0) - 1000)).toBeLessThan(150);
  });
});

test('a DNS record that is not proxied answers only DNS', () => {
  const records = [record('www.example.com', 'A', '192.0.2.1', { proxied: false })];
  expect(plan({ records }, 'www.example.com')).toMatchObject({
    kind: 'dns_only',
    name: 'www.example.com',
    what: 'DNS record',
  });
});

test('a tunnel answers to its own host name, a tunnel that does not exist to none', () => {
  const tunnels = [tunnel(TUNNEL, 'tokyo')];
  const decided = plan({ tunnels }, `${TUNNEL}.cfargotunnel.com`);
  if (decided.kind !== 'attempts') throw new Error(decided.kind);
  expect(decided.next()).toEqual({
    endpoint: { name: 'tokyo', address: `${TUNNEL}.cfargotunnel.com`, port: 0 },
    fallback: false,
  });
  expect(decided.next()).toBeUndefined();
  expect(answer({}, `${TUNNEL}.cfargotunnel.com`)).toBe('unknown_host');
});

test('a name that nothing has is unknown, and the reason names it', () => {
  expect(plan({ pools }, 'nothing.example.com').reasons).toEqual([
    expect.objectContaining({ step: 'host', subject: 'nothing.example.com', outcome: 'unknown' }),
  ]);
});
