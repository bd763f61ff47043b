import { describe, expect, test } from 'vitest';
import { createClock } from '../../runtime/clock.js';
import { ManualDeadlines } from '../../runtime/deadlines.js';
import { createGeography } from '../geo/geography.js';
import { createVantageResolver } from '../geo/vantage.js';
import type { FaultInput } from '../state/schemas/fault.js';
import { ACCOUNT, active, opening, Recorder } from './faults.fixture.js';
import { compileHooks, PLAIN } from './hooks.js';

const deadlines = new ManualDeadlines();
const clock = createClock({ mode: 'manual', deadlines });
const hooksOf = (...inputs: FaultInput[]) =>
  compileHooks(
    inputs.map((input) => active(input)),
    { account: ACCOUNT, clock, deadlines },
  );
const HEAD = { method: 'GET', path: '/', scheme: 'http', authority: 'app.example.com', headers: [] } as const;

async function outcome(...inputs: FaultInput[]): Promise<{ told: string[]; faults: unknown }> {
  const { opened, path, options } = opening();
  const result = hooksOf(...inputs).reach(opened, path, options);
  const recorder = new Recorder();
  result.request(HEAD, null, recorder);
  await new Promise((resolve) => setImmediate(resolve));
  return { told: recorder.told, faults: result.faults?.map(({ step, subject }) => `${step} ${subject}`) };
}

describe('without faults', () => {
  test('every hook is the plain function, and passes on the very thing it is given', () => {
    expect(hooksOf()).toEqual(PLAIN);
    const { opened, path, options } = opening();
    expect(PLAIN.reach(opened, path, options)).toBe(opened);
  });

  test('of one kind, the other hooks stay plain', () => {
    const hooks = hooksOf({ name: 'a', type: 'origin_refuse' });
    expect(hooks).toMatchObject({ running: PLAIN.running, ingress: PLAIN.ingress, link: PLAIN.link });
    const other = hooksOf({ name: 'a', type: 'data_center_down', match: { data_center: 'NRT' } });
    expect(other.reach).toBe(PLAIN.reach);
  });
});

describe('on the way to an origin', () => {
  test('a fault that does not fit leaves everything as it is', () => {
    const { opened, path, options } = opening();
    const hooks = hooksOf({ name: 'a', type: 'origin_refuse', match: { endpoint: 'web-b' } });
    expect(hooks.reach(opened, path, options)).toBe(opened);
  });

  test('refusing beats a status, in whatever order they were written', async () => {
    const refuse: FaultInput = { name: 'refuse', type: 'origin_refuse' };
    const status: FaultInput = { name: 'status', type: 'origin_status', status: 418 };
    const expected = { told: ['fail refused'], faults: ['fault refuse'] };
    expect(await outcome(refuse, status)).toEqual(expected);
    expect(await outcome(status, refuse)).toEqual(expected);
  });

  test('of two statuses the older counts', async () => {
    const answer = await outcome(
      { name: 'older', type: 'origin_status', status: 418, body: 'teapot' },
      { name: 'newer', type: 'origin_status', status: 500 },
    );
    expect(answer).toEqual({ told: ['head 418', 'data teapot', 'end'], faults: ['fault older'] });
  });

  test('delays add up, and a status in the origin’s place is delayed too', async () => {
    const { opened, path, options } = opening();
    const hooks = hooksOf(
      { name: 'slow', type: 'origin_slow', delay: '2s' },
      { name: 'status', type: 'origin_status', status: 500 },
      { name: 'slower', type: 'origin_slow', delay: '3s' },
    );
    const recorder = new Recorder();
    const result = hooks.reach(opened, path, options);
    result.request(HEAD, null, recorder);
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(4_999);
    expect(recorder.told).toEqual([]);
    await clock.advance(1);
    expect(recorder.told).toEqual(['head 500', 'end']);
    expect(result.faults?.map(({ subject }) => subject)).toEqual(['status', 'slow', 'slower']);
  });

  test('probability is drawn from the generator of the request: the same seed, the same fate', () => {
    const hooks = hooksOf({ name: 'a', type: 'origin_refuse', probability: 0.25 });
    const fate = (seed: number): boolean => {
      const { opened, path, options } = opening({ seed });
      return hooks.reach(opened, path, options) !== opened;
    };
    const seeds = Array.from({ length: 2_000 }, (_, seed) => seed);
    const first = seeds.map(fate);
    expect(seeds.map(fate)).toEqual(first);
    const struck = first.filter(Boolean).length;
    expect(struck / seeds.length).toBeCloseTo(0.25, 1);
  });

  test('what is certain or impossible takes no draw, so nothing else moves', () => {
    const plain = opening();
    const [sure, never] = [opening(), opening()];
    hooksOf({ name: 'a', type: 'origin_refuse' }).reach(sure.opened, sure.path, sure.options);
    hooksOf({ name: 'a', type: 'origin_refuse', probability: 0 }).reach(never.opened, never.path, never.options);
    const next = plain.options.rng.next();
    expect([sure.options.rng.next(), never.options.rng.next()]).toEqual([next, next]);
  });
});

describe('connections', () => {
  const link = (connectorId: string, dataCenter = 'KIX') => ({ tunnelId: 'app-id', connectorId, index: 0, dataCenter });

  test('are cut with a reason that names the fault', () => {
    expect(
      hooksOf({ name: 'cut', type: 'connector_disconnected', match: { tunnel: 'app' } }).link(link('c1'), true),
    ).toBe('the connection is broken (fault cut)');
    const down = hooksOf({ name: 'dark', type: 'data_center_down', match: { data_center: 'KIX' } });
    expect(down.link(link('c1'), true)).toBe('data center KIX is down (fault dark)');
    expect(down.link(link('c1', 'NRT'), true)).toBeUndefined();
  });

  test('with a probability are cut or spared once and for all while the fault lasts', () => {
    const hooks = hooksOf({ name: 'cut', type: 'connector_disconnected', probability: 0.5 });
    const all = Array.from({ length: 500 }, (_, number) => link(`c${number}`));
    const first = all.map((each) => hooks.link(each, true) !== undefined);
    expect(all.map((each) => hooks.link(each, true) !== undefined)).toEqual(first);
    expect(first.filter(Boolean).length / all.length).toBeCloseTo(0.5, 1);
  });
});

describe('ingress', () => {
  const enter = (headers: string[], ...inputs: FaultInput[]) => {
    const hooks = hooksOf(...inputs);
    const geography = createGeography(['NRT', 'KIX', 'LHR'], hooks.running);
    const result = hooks
      .ingress(createVantageResolver({ geography, clients: [], enabled: true }))
      .resolve(headers, '', 1);
    return result.ok ? { code: result.vantage.dataCenter.code, faults: result.vantage.faults } : result.error.code;
  };
  const tokyoDown: FaultInput = { name: 'dark', type: 'data_center_down', match: { data_center: 'NRT' } };

  test('requests for what is down enter at the nearest that runs, and say why', () => {
    const reason = { step: 'fault', subject: 'dark', outcome: 'data_center_down', detail: 'data center NRT is down' };
    expect(enter(['Colocal-Colo', 'NRT'], tokyoDown)).toEqual({ code: 'KIX', faults: [reason] });
    expect(enter([], tokyoDown)).toEqual({ code: 'KIX', faults: [reason] });
  });

  test('others do not notice', () => {
    expect(enter(['Colocal-Colo', 'LHR'], tokyoDown)).toEqual({ code: 'LHR', faults: undefined });
    // Not configured is no fault.
    expect(enter(['Colocal-Colo', 'CDG'], tokyoDown)).toEqual({ code: 'LHR', faults: undefined });
  });

  test('with all of them down nothing can enter', () => {
    const all = ['NRT', 'KIX', 'LHR'].map(
      (code): FaultInput => ({ name: code, type: 'data_center_down', match: { data_center: code } }),
    );
    expect(enter([], ...all)).toBe('NO_RUNNING_DATA_CENTER');
  });
});
