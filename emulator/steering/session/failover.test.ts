import { describe, expect, test } from 'vitest';
import type { SessionAffinityAttributes } from '../../state/objects.js';
import { observations } from '../account.fixture.js';
import { attemptsPlan, cookieOf, decideBy, nameOf, sentBack, snapshotOf } from '../decision.fixture.js';
import type { SteeringSnapshot } from '../snapshot.types.js';
import type { HttpFacts } from '../steering.types.js';
import { begun, goesTo, p, q, spare, sticky, TTL } from './session.fixture.js';

// docs/reference/load-balancing.md section 6, 14.19, 14.20.
describe('failover of a session', () => {
  const zdf = (zero_downtime_failover: SessionAffinityAttributes['zero_downtime_failover']) =>
    snapshotOf([p(), q(), spare], sticky({ zero_downtime_failover }));

  test.each([
    ['none', false],
    ['temporary', true],
    ['sticky', true],
  ] as const)('%s: may fail over: %s', (mode, expected) => {
    const { cookie, to } = begun();
    const plan = attemptsPlan(decideBy(zdf(mode), { facts: cookie }));
    expect(plan.mayFailOver).toBe(expected);
    expect(nameOf(plan.next())).toBe(to);
  });

  test('in every mode the first request of a session may, and its cookie is that of the endpoint that answered', () => {
    for (const mode of ['none', 'temporary', 'sticky'] as const) {
      const plan = attemptsPlan(decideBy(zdf(mode)));
      expect(plan.mayFailOver).toBe(true);
      const [failed, answering] = [plan.next(), plan.next()];
      if (!answering) throw new Error('there are three endpoints');
      const cookie = sentBack(cookieOf(plan.answered?.(answering)));
      expect(goesTo(zdf(mode), cookie)).toBe(nameOf(answering));
      expect(nameOf(answering)).not.toBe(nameOf(failed));
    }
  });

  test('an expired or ignored session is a first request', () => {
    const { cookie } = begun();
    expect(attemptsPlan(decideBy(zdf('none'), { facts: { ...cookie, now: TTL * 1000 } })).mayFailOver).toBe(true);
    expect(attemptsPlan(decideBy(zdf('none'), { facts: { headers: ['Cookie', '__cflb=x'] } })).mayFailOver).toBe(true);
  });

  const failedOver = (snapshot: SteeringSnapshot, facts: Partial<HttpFacts>, seen = observations()) => {
    const plan = attemptsPlan(decideBy(snapshot, { facts, seen }));
    const [failed, answering] = [plan.next(), plan.next()];
    if (!answering) throw new Error('there are three endpoints');
    return { failed: nameOf(failed), to: nameOf(answering), session: plan.answered?.(answering) };
  };

  test('temporary leaves the cookie alone: the next request tries the pinned endpoint again', () => {
    const { cookie, to } = begun();
    const { failed, session } = failedOver(zdf('temporary'), cookie);
    expect(failed).toBe(to);
    expect(session).toBeUndefined();
  });

  test('sticky rewrites it, with a fresh lifetime', () => {
    const { cookie } = begun();
    const { to, session } = failedOver(zdf('sticky'), { ...cookie, now: 1000 * 1000 });
    expect(cookieOf(session)).toContain(`expires=${new Date((1000 + TTL) * 1000).toUTCString()}`);
    expect(goesTo(zdf('sticky'), { ...sentBack(cookieOf(session)), now: 2700 * 1000 })).toBe(to);
  });

  test('temporary keeps a session by headers where it is', () => {
    const attributes = { headers: ['x-user'], zero_downtime_failover: 'temporary' } as const;
    const snapshot = snapshotOf([p(), q(), spare], sticky(attributes, { session_affinity: 'header' }));
    const seen = { ...observations(), headerSession: () => ({ poolId: 'p', endpointName: 'b' }) };
    const { failed, session } = failedOver(snapshot, { headers: ['x-user', 'ann'] }, seen);
    expect(failed).toBe('p/b');
    expect(session).toMatchObject({ kind: 'header', pinned: { poolId: 'p', endpointName: 'b' } });
  });
});
