import { describe, expect, test } from 'vitest';
import { createRng } from '../../runtime/rng.js';
import { createGeography } from '../geo/geography.js';
import type { Path } from '../reach/path.js';
import type { Preview } from '../reach/reach.js';
import { account, loadBalancer, observations, origin, pool } from '../steering/account.fixture.js';
import { compileSnapshot } from '../steering/compile.js';
import type { ClientRequest } from './exchange.js';
import { Explaining, type ExplainOptions } from './explain.js';

const REQUEST: ClientRequest = {
  method: 'GET',
  scheme: 'http',
  host: 'app.example.com',
  authority: 'app.example.com',
  path: '/',
  httpVersion: '1.1',
  headers: [],
  body: null,
  expectsContinue: false,
  vantage: {
    dataCenter: createGeography(['NRT']).default,
    clientIp: '203.0.113.7',
    clientPort: 50_000,
    reasons: ['it is the default data center'],
  },
};

const SNAPSHOT = compileSnapshot(
  account({
    pools: [pool('web', [origin('a'), origin('b'), origin('c')])],
    loadBalancers: [loadBalancer('app.example.com', ['web'])],
  }),
);

interface World {
  /** How many endpoints nothing leads to, in the order in which they are tried. */
  readonly unreachable?: number;
  readonly tunnel?: { readonly full: boolean };
  readonly faults?: Preview['faults'];
}

function explain(world: World, options: ExplainOptions = {}, headers: readonly string[] = []) {
  let asked = 0;
  const reach = {
    resolve: (endpoint: { name: string; address: string; port: number }): Path => {
      if (asked++ < (world.unreachable ?? 0)) {
        const reason = { step: 'path', subject: endpoint.name, outcome: 'none', detail: 'no route' };
        return { kind: 'none', failure: 'unreachable', reason };
      }
      if (world.tunnel) return { kind: 'tunnel', endpoint, tunnelId: 't' };
      return { kind: 'public', endpoint, host: endpoint.address, port: 80, secure: false, legs: [] };
    },
    preview: (path: Path) =>
      path.kind === 'public' ? { legs: path.legs, ...(world.faults ? { faults: world.faults } : {}) } : undefined,
    isFull: () => world.tunnel?.full ?? false,
    whyNone: () => [],
    open: (): never => {
      throw new Error('explaining opens nothing');
    },
  };
  const deps = {
    snapshot: () => SNAPSHOT,
    zone: () => undefined,
    tunnelName: () => 'app',
    observations: observations(),
    now: () => 0,
    reach,
  };
  return new Explaining(deps, { ...REQUEST, headers }, createRng(1), options).explanation();
}

describe('an attempt that is known to fail', () => {
  test('is followed by the one at another endpoint', () => {
    const { outcome, attempts, reasons, endpoint } = explain({ unreachable: 1 });
    expect(outcome).toBe('attempt');
    expect(attempts.map(({ failure }) => failure)).toEqual(['unreachable', undefined]);
    expect(attempts[1]?.endpoint).toBe(endpoint);
    expect(reasons.at(-1)).toMatchObject({ step: 'failover', subject: endpoint, outcome: 'chosen' });
  });

  test('is followed by no third: the edge answers 523', () => {
    const told = explain({ unreachable: 3 }, { failover: true });
    expect(told).toMatchObject({ outcome: 'error', status: 523, pool: 'web' });
    expect(told.attempts).toHaveLength(2);
    expect(told.failover).toBeUndefined();
    expect(told.reasons.at(-1)?.detail).toBe('error 523 again: there is one further attempt, not more');
  });

  test('over a tunnel without connections ends in 530 with error 1033, over a full one in 503', () => {
    expect(explain({ tunnel: { full: false } })).toMatchObject({ outcome: 'error', status: 530, error: 1033 });
    const full = explain({ tunnel: { full: true } });
    expect(full).toMatchObject({ outcome: 'error', status: 503, attempts: [{ tunnel: 'app', failure: 'overloaded' }] });
  });

  test('of a request that goes in circles is not made', () => {
    const told = explain({}, {}, ['CDN-Loop', 'cloudflare; loops=8']);
    expect(told).toMatchObject({ outcome: 'error', status: 508, pool: 'web' });
  });
});

describe('failover', () => {
  test('leaves the reasons of the request what they are', () => {
    const plain = explain({});
    const { failover, ...rest } = explain({}, { failover: true });
    expect(rest).toEqual(plain);
    expect(failover?.attempt?.endpoint).not.toBe(plain.endpoint);
    expect(failover?.reasons.at(-1)).toMatchObject({ step: 'failover', outcome: 'chosen' });
  });

  test('after a first failure there is none any more', () => {
    const { failover } = explain({ unreachable: 1 }, { failover: true });
    expect(failover?.attempt).toBeUndefined();
    expect(failover?.reasons.at(-1)).toMatchObject({ step: 'failover', outcome: 'none' });
  });
});

test('a fault that would strike is among the reasons', () => {
  const fault = { step: 'fault', subject: 'busy', outcome: 'origin_status', detail: '503 is answered' };
  expect(explain({ faults: [fault] }).reasons.at(-1)).toEqual(fault);
});
