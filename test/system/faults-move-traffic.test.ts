import { describe, expect, test } from 'vitest';
import type { Emulator } from '../../emulator/index.js';
import type { FaultInput } from '../../emulator/state/schemas/fault.js';
import { ManualDeadlines } from '../../runtime/deadlines.js';
import { useEmulator } from '../support/emulator.js';
import { advance, endpointIn } from '../support/health.js';
import { parseRoute } from '../support/route.js';
import { useServer } from '../support/servers.js';

const DATA_CENTERS = ['NRT', 'LHR', 'SYD'];
const TIMEOUT = 5;

/**
 * `app.example.com` over the pool `first`, behind a tunnel, and then `second`; both are healthy.
 *
 * @param answered told of each answer of the endpoint of `first`, with the data center that asked
 */
async function useTwoPools(deadlines: ManualDeadlines, answered: (code: string) => void): Promise<Emulator> {
  const { port } = await useServer((_request, response) => response.end());
  const behind = await useServer(({ headers }, response) => {
    response.end(() => answered(String(headers['cf-ray']).slice(-3)));
  });
  const emu = await useEmulator({
    clock: 'manual',
    deadlines,
    config: {
      data_centers: DATA_CENTERS,
      zones: [
        {
          name: 'example.com',
          load_balancers: [{ name: 'app.example.com', proxied: true, default_pools: ['first', 'second'] }],
        },
      ],
      pools: [
        { name: 'first', monitor: 'web', origins: [{ name: 'a', tunnel: 't' }] },
        { name: 'second', monitor: 'web', origins: [{ name: 'b', address: '127.0.0.1', port }] },
      ],
      tunnels: [{ name: 't', config: { ingress: [{ service: `http://127.0.0.1:${behind.port}` }] } }],
      monitors: [{ name: 'web', expected_codes: '200', interval: 60, timeout: TIMEOUT, retries: 0 }],
    },
  });
  await emu.connect({ tunnel: 't', location: 'NRT' });
  await advance(emu, '0s');
  return emu;
}

/** The pool that serves a request, by the data center where it comes in. */
async function serving(emu: Emulator): Promise<string[]> {
  const pools: string[] = [];
  for (const colo of DATA_CENTERS) {
    const response = await emu.fetch('http://app.example.com/', { colo });
    await response.arrayBuffer();
    const { pool, fallback } = parseRoute(response.headers.get('colocal-route'));
    pools.push(response.status === 200 && !fallback ? String(pool) : `${response.status} from ${pool}`);
  }
  return pools;
}

/** After enough turns of the event loop for an answer that nothing holds back to have arrived. */
async function later(work: () => void): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
  work();
}

const FAULTS = [
  {
    fault: { type: 'origin_refuse' },
    reason: 'Response code mismatch error',
    detail: /^answered 502, expected 200: .*\(fault broken\)/,
  },
  {
    fault: { type: 'origin_status', status: 503 },
    reason: 'Response code mismatch error',
    detail: /^answered 503, expected 200$/,
  },
  {
    fault: { type: 'origin_slow', delay: '10s' },
    reason: 'HTTP timeout occurred',
    detail: /^no answer within 5 s$/,
  },
] as const;

const MATCHES = [
  { match: { pool: 'first' }, struck: DATA_CENTERS },
  { match: { endpoint: 'a' }, struck: DATA_CENTERS },
  { match: { tunnel: 't' }, struck: DATA_CENTERS },
  { match: { pool: 'first', data_center: 'LHR' }, struck: ['LHR'] },
  // About clients' requests: probes are none.
  { match: { pool: 'first', path: '/' }, struck: [] },
] as const;

type Row = (typeof FAULTS)[number] & (typeof MATCHES)[number];
const ROWS: readonly Row[] = FAULTS.flatMap((fault) => MATCHES.map((match) => ({ ...fault, ...match })));

describe('probes meet the faults of origins, and traffic moves', () => {
  test.each(ROWS)('$fault.type with match $match', async (row) => {
    const { fault, match, reason, detail } = row;
    const struck: readonly string[] = row.struck;
    const deadlines = new ManualDeadlines();
    let slow = false;
    const emu = await useTwoPools(deadlines, (code) => {
      if (slow && struck.includes(code)) void later(() => deadlines.elapse(TIMEOUT * 1000));
    });
    expect(await serving(emu)).toEqual(['first', 'first', 'first']);

    emu.faults.add({ name: 'broken', ...fault, match } as FaultInput);
    slow = fault.type === 'origin_slow';
    await advance(emu, '60s');
    slow = false;
    expect(await endpointIn(emu, 'first', 'a')).toEqual({
      state: struck.length > 1 ? 'unhealthy' : 'healthy',
      passing: DATA_CENTERS.filter((code) => !struck.includes(code)),
      waiting: [],
      failing:
        struck.length === 0
          ? []
          : [{ failure_reason: reason, detail: expect.stringMatching(detail), data_centers: struck }],
    });
    expect((await endpointIn(emu, 'second', 'b')).passing).toEqual(DATA_CENTERS);
    // What requests meet is another matter: what was found out about endpoints stays.
    emu.faults.set('broken', { match: { path: '/nowhere' } });
    expect(await serving(emu)).toEqual(DATA_CENTERS.map((code) => (struck.includes(code) ? 'second' : 'first')));

    emu.faults.remove('broken');
    await advance(emu, '60s');
    expect((await endpointIn(emu, 'first', 'a')).state).toBe('healthy');
    expect(await serving(emu)).toEqual(['first', 'first', 'first']);
  });
});
