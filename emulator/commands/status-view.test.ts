import { expect, test } from 'vitest';
import { connection, startControl, TOKYO } from '../control/control.fixture.js';
import { viewState } from '../control/state-view.js';
import type { RequestTrace } from '../observe/journal.types.js';
import { renderStatus } from './status-view.js';

const TRACE: RequestTrace = {
  ray: '7d0c5a3e9b1f2a64',
  startedAt: Date.UTC(2026, 0, 1, 12, 30, 5),
  dataCenter: 'NRT',
  clientIp: '127.0.0.1',
  method: 'GET',
  scheme: 'http',
  host: 'app.example.com',
  path: `/${'long/'.repeat(30)}`,
  httpVersion: '1.1',
  status: 200,
  requestBytes: 0,
  responseBytes: 0,
  attempts: [{ endpoint: 'tokyo-a', address: 'x', egress: 'KIX' }],
  reasons: [],
};

test('status shows the edge in 80 columns', async () => {
  await using edge = await startControl();
  edge.live.connections.push(connection(TOKYO), connection(TOKYO));
  const text = renderStatus('http://127.0.0.1:7880', viewState(edge.deps), [TRACE]);
  expect(text.split('\n').every((line) => line.length <= 80)).toBe(true);
  expect(text).toBe(
    `colocal 0.1.0 at http://127.0.0.1:7880
revision 7, manual clock 2026-01-01T00:00:00.000Z

LISTENERS
  traffic http  http://127.0.0.1:8080

DATA CENTERS
  NRT (default)  KIX (2 conn)

TUNNELS
  tokyo  degraded  1 connector   KIX 2  8 streams
  osaka  inactive  no connector  -      0 streams  10.128.0.0/16

LOAD BALANCERS
  app.example.com  off  japan, fallback japan

POOLS
  japan  tokyo-a  tunnel tokyo  weight 1

LAST REQUESTS
  12:30:05  200  NRT -> tokyo-a (KIX)  GET app.example.com/long/long/long/long/…`,
  );
});

test('status shows what monitors found, and why checks fail', async () => {
  await using edge = await startControl();
  const failed = {
    passed: false,
    reason: 'Response code mismatch error',
    detail: 'answered 503, expected 2xx',
  } as const;
  edge.live.health = {
    pool: 'critical',
    endpoint: {
      verdict: 'unhealthy',
      votes: [{ dataCenter: 'NRT', region: 'NEAS', verdict: 'unhealthy', result: failed }],
      regions: new Map(),
      monitors: [],
    },
  };
  const text = renderStatus('http://127.0.0.1:7880', viewState(edge.deps), []);
  expect(text).toContain(
    `POOLS
  japan (critical)  tokyo-a  tunnel tokyo  weight 1  unhealthy

FAILING CHECKS
  tokyo-a of japan  from 1 of 1  Response code mismatch error: answered 503, ex…`,
  );
  expect(text.split('\n').every((line) => line.length <= 80)).toBe(true);
});

test('status shows what is broken on purpose: faults, and data centers that are down', async () => {
  await using edge = await startControl();
  const common = { match: {}, probability: 1, starts: '0s', managed_by: 'api' } as const;
  edge.live.down = 'NRT';
  edge.live.faults = [
    {
      ...common,
      name: 'tokyo',
      type: 'data_center_down',
      match: { data_center: 'NRT' },
      enabled: true,
      state: 'active',
    },
    { ...common, name: 'n'.repeat(64), type: 'connector_disconnected', enabled: false, state: 'disabled' },
    { ...common, name: 'later', type: 'origin_refuse', enabled: true, state: 'waiting' },
  ];
  const text = renderStatus('http://127.0.0.1:7880', viewState(edge.deps), []);
  expect(text).toContain('\n  NRT (down, default)  KIX\n');
  expect(text).toMatch(/^FAULTS\n {2}active +data_center_down +tokyo \(data_center NRT\)$/m);
  expect(text.split('\n').every((line) => line.length <= 80)).toBe(true);
  edge.live.faults = edge.live.faults.filter(({ name }) => name.length < 64);
  expect(renderStatus('http://127.0.0.1:7880', viewState(edge.deps), [])).toContain(
    `FAULTS
  active          data_center_down  tokyo (data_center NRT)
  not active now  origin_refuse     later

LAST REQUESTS`,
  );
});

test('what is empty is said to be none', async () => {
  await using edge = await startControl();
  expect(renderStatus('http://127.0.0.1:7880', viewState(edge.deps), [])).toContain('LAST REQUESTS\n  none');
});
