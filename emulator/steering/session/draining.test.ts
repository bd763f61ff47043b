import { describe, expect, test } from 'vitest';
import { attemptsPlan, decideBy, nameOf, snapshotOf } from '../decision.fixture.js';
import { begun, goesTo, HOUR, p, q, spare, sticky, TTL } from './session.fixture.js';

// docs/reference/load-balancing.md 5.3, 14.22.
describe('draining', () => {
  const { to, endpoint, cookie } = begun();
  const disabled = (drain_duration?: number) =>
    snapshotOf(
      [
        p({
          origins: p().origins.map((o) => (o.name === endpoint ? { ...o, enabled: false, disabled_at: HOUR / 6 } : o)),
        }),
        q(),
        spare,
      ],
      sticky(drain_duration === undefined ? {} : { drain_duration }),
    );

  test('sessions go on until drain_duration after the endpoint was disabled, healthy or not', () => {
    const before = { ...cookie, now: HOUR / 6 + 299_999 };
    expect(goesTo(disabled(300), before)).toBe(to);
    expect(goesTo(disabled(300), before, to)).toBe(to);
    expect(goesTo(disabled(300), { ...cookie, now: HOUR / 6 + 300_000 })).not.toContain(to);
  });

  test('say until when', () => {
    const plan = decideBy(disabled(300), { facts: { ...cookie, now: HOUR / 6 } });
    expect(plan.reasons.find(({ step }) => step === 'session')?.detail).toBe(
      'the __cflb cookie pins the client to this endpoint; disabled, drains until 1970-01-01T00:15:00.000Z',
    );
  });

  test('without drain_duration they end at once', () => {
    expect(goesTo(disabled(), { ...cookie, now: HOUR / 6 })).not.toContain(to);
  });

  test('nothing new goes there', () => {
    expect(goesTo(disabled(300), { now: HOUR / 6 + 1 })).not.toContain(to);
  });

  test('a drain that is longer than the lifetime of sessions does not lengthen them', () => {
    expect(goesTo(disabled(86_400), { ...cookie, now: TTL * 1000 })).not.toContain(to);
  });

  test('failover may leave the endpoint, with temporary and sticky', () => {
    const snapshot = snapshotOf(
      [
        p({ origins: p().origins.map((o) => (o.name === endpoint ? { ...o, enabled: false, disabled_at: 0 } : o)) }),
        q(),
      ],
      sticky({ drain_duration: 300, zero_downtime_failover: 'temporary' }),
    );
    const plan = attemptsPlan(decideBy(snapshot, { facts: { ...cookie, now: 1 } }));
    expect(plan.mayFailOver).toBe(true);
    expect(nameOf(plan.next())).toBe(to);
    expect(nameOf(plan.next())).not.toBe(to);
  });
});
