import { describe, expect, test } from 'vitest';
import { createClock } from '../../runtime/clock.js';
import { ManualDeadlines } from '../../runtime/deadlines.js';
import { ACCOUNT, pool } from './account.fixture.js';
import type { Pool } from './objects.js';
import { createState } from './state.js';
import type { Writable } from './state.types.js';

type GivenOrigin = Writable<'pools'>['origins'][number];

const a: GivenOrigin = { name: 'a', address: '192.0.2.1' };
const b: GivenOrigin = { name: 'b', address: '192.0.2.2' };
const off = (origin: GivenOrigin): GivenOrigin => ({ ...origin, enabled: false });

function timed() {
  const clock = createClock({ mode: 'manual', start: 0, deadlines: new ManualDeadlines() });
  const state = createState({ clock, account: ACCOUNT });
  const write = (...origins: GivenOrigin[]): Pool =>
    state.transact('api', (draft) => draft.put('pools', pool('tokyo', { origins })));
  return { clock, state, write };
}

const disabledAt = ({ origins }: Pool) => origins.map(({ name, disabled_at }) => [name, disabled_at]);

describe('an endpoint', () => {
  test('is disabled since the moment at which it was, however often the pool is written after that', async () => {
    const { clock, write } = timed();
    write(a, b);
    await clock.advance(1000);
    expect(disabledAt(write(a, off(b)))).toEqual([
      ['a', undefined],
      ['b', 1000],
    ]);
    await clock.advance(1000);
    expect(disabledAt(write({ ...a, weight: 0.5 }, off(b)))).toEqual([
      ['a', undefined],
      ['b', 1000],
    ]);
  });

  test('that is disabled from the start is so since it was made', async () => {
    const { clock, write } = timed();
    await clock.advance(500);
    expect(disabledAt(write(off(a)))).toEqual([['a', 500]]);
  });

  test('that was enabled in between begins anew', async () => {
    const { clock, write } = timed();
    write(off(a));
    await clock.advance(1000);
    expect(Object.keys(write(a).origins[0] ?? {})).not.toContain('disabled_at');
    await clock.advance(1000);
    expect(disabledAt(write(off(a)))).toEqual([['a', 2000]]);
  });

  test('is known by its name, wherever it stands in the list', async () => {
    const { clock, write } = timed();
    write(off(a), b);
    await clock.advance(1000);
    expect(disabledAt(write(off(b), off({ ...a, address: '192.0.2.9' })))).toEqual([
      ['b', 1000],
      ['a', 0],
    ]);
  });

  test('cannot be given the time', async () => {
    const { clock, write } = timed();
    await clock.advance(1000);
    expect(disabledAt(write({ ...off(a), disabled_at: 5 } as GivenOrigin))).toEqual([['a', 1000]]);
    expect(disabledAt(write({ ...a, disabled_at: 5 } as GivenOrigin))).toEqual([['a', undefined]]);
  });

  test('is not changed by writing what stands there', async () => {
    const { clock, write } = timed();
    const first = write(off(a));
    await clock.advance(1000);
    expect(write(...first.origins)).toBe(first);
  });
});

describe('load shedding', () => {
  const shedding = (load_shedding: Writable<'pools'>['load_shedding']) =>
    timed().state.transact('api', (draft) => draft.put('pools', pool('tokyo', { load_shedding }))).load_shedding;

  test('is off unless it is given, and then whole', () => {
    expect(shedding(null)).toBeNull();
    const whole = { default_percent: 0, default_policy: '', session_percent: 0, session_policy: '' };
    expect(shedding({})).toEqual(whole);
    const named = { default_policy: 'random', session_policy: 'hash' } as const;
    expect(shedding(named)).toEqual({ ...whole, ...named });
    expect(shedding({ default_percent: 50, default_policy: 'hash' })).toEqual({
      ...whole,
      default_percent: 50,
      default_policy: 'hash',
    });
  });
});
