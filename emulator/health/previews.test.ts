import { describe, expect, test } from 'vitest';
import { ManualDeadlines } from '../../runtime/deadlines.js';
import { createRng } from '../../runtime/rng.js';
import { createGeography } from '../geo/geography.js';
import type { Monitor, Pool } from '../state/objects.js';
import { FAILED, watched } from './health.fixture.js';
import { PreviewRuns } from './previews.js';
import type { ProbeResult } from './probes/probe.types.js';

const PASSED: ProbeResult = { passed: true, responseCode: 200, detail: 'answered 200', roundTripMs: 8 };

/** Previews whose checks end when the test says so. */
function setup(down: ReadonlySet<string> = new Set()) {
  const deadlines = new ManualDeadlines();
  const asked: { readonly pool: string; readonly from: string; readonly end: (result: ProbeResult) => void }[] = [];
  const previews = new PreviewRuns({
    checks: {
      through: (_watched, work) => work(),
      check: ({ pool }, from) =>
        new Promise((end) => {
          asked.push({ pool: pool.id, from: from.code, end });
        }),
    },
    deadlines,
    rng: createRng('previews'),
    now: () => 0,
    configured: () => createGeography(['NRT', 'KIX', 'LHR']).configured,
    isRunning: (code) => !down.has(code),
    isClosed: () => false,
  });
  const answer = (result: ProbeResult, matches: (asked: { pool: string; from: string }) => boolean = () => true) => {
    for (const each of asked) if (matches(each)) each.end(result);
  };
  return { deadlines, asked, previews, answer };
}

const pool = (id: string): Pool => ({ ...watched().pool, id, enabled: true, minimum_origins: 1 });
const monitor: Monitor = { ...watched().monitor, consecutive_up: 5 };

describe('a preview', () => {
  test('is decided by one check from every data center that runs', async () => {
    const { asked, previews, answer } = setup(new Set(['KIX']));
    const id = previews.start([pool('p')], monitor) ?? '';
    expect(asked.map(({ from }) => from)).toEqual(['NRT', 'LHR']);
    answer(PASSED);
    const found = await previews.find(id);
    expect(found).toMatchObject([{ poolId: 'p', healthy: true, endpoints: [{ opinion: { verdict: 'healthy' } }] }]);
  });

  test('tells what is not healthy', async () => {
    const { previews, answer } = setup();
    const id = previews.start([pool('p')], monitor) ?? '';
    answer(FAILED);
    expect(await previews.find(id)).toMatchObject([
      { healthy: false, endpoints: [{ opinion: { verdict: 'unhealthy' } }] },
    ]);
  });

  test('that takes too long is answered with the pools that are done', async () => {
    const { previews, answer, deadlines } = setup();
    const id = previews.start([pool('quick'), pool('slow')], monitor) ?? '';
    answer(PASSED, (each) => each.pool === 'quick');
    const waiting = previews.find(id);
    await new Promise((resolve) => setImmediate(resolve));
    deadlines.elapse(30_000);
    expect((await waiting)?.map(({ poolId }) => poolId)).toEqual(['quick']);
    answer(PASSED);
    expect((await previews.find(id))?.map(({ poolId }) => poolId)).toEqual(['quick', 'slow']);
  });

  test('is forgotten after a hundred others, and refused while too many run', async () => {
    const { previews, answer } = setup();
    const first = previews.start([], monitor) ?? '';
    for (let number = 0; number < 100; number++) {
      await previews.find(previews.start([], monitor) ?? '');
    }
    expect(previews.find(first)).toBeUndefined();
    const running = Array.from({ length: 16 }, (_, number) => previews.start([pool(`p${number}`)], monitor));
    expect(new Set(running).size).toBe(16);
    expect(previews.start([pool('p')], monitor)).toBeUndefined();
    answer(PASSED);
    await previews.find(running.at(-1) ?? '');
    await Promise.all(running.map((id) => previews.find(id ?? '')));
    expect(previews.start([pool('p')], monitor)).toBeDefined();
  });
});
