import { describe, expect, test } from 'vitest';
import { createRng } from '../../../runtime/rng.js';
import { loadBalancer, pool, testState, ZONE, zone } from '../../state/account.fixture.js';
import type { Writable } from '../../state/state.types.js';
import { ValidationError } from '../../state/validation-error.js';
import { facts, observations } from '../account.fixture.js';
import { compileSnapshot } from '../compile.js';
import { answer } from '../decision.fixture.js';
import { steer } from '../steer.js';
import type { SessionAction } from '../steering.types.js';

type Part = Partial<Writable<'load_balancers'>>;
type Overrides = NonNullable<NonNullable<Part['rules']>[number]['overrides']>;

const HOST = 'app.example.com';

/** What the answer does to the session of a client with X-User, or the code and place that the rule is refused with. */
function outcome(base: Part, overrides: Overrides): SessionAction | string | undefined {
  const { state } = testState();
  try {
    state.transact('api', (draft) => {
      draft.put('zones', zone);
      draft.put('pools', pool('p'));
      draft.put('load_balancers', {
        ...loadBalancer(HOST, ['pool p']),
        proxied: true,
        ...base,
        rules: [{ name: 'r', overrides }],
      });
    });
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    return error.problems.map(({ code, path }) => `${code} ${path.slice(2).join('.')}`).join();
  }
  const request = facts(HOST, { headers: ['X-User', 'ann'] });
  return answer(steer(request, compileSnapshot(state.read()), observations(), createRng(1))).session;
}

const byHeader = { session_affinity: 'header', session_affinity_attributes: { headers: ['x-user'] } } as const;

// docs/reference/load-balancing.md 8.1, 14.31: what is accepted is what then happens.
describe('a rule that changes affinity', () => {
  test('from cookies to headers takes no headers from the load balancer', () => {
    const cookie = { session_affinity: 'cookie', session_affinity_attributes: { headers: ['x-user'] } } as const;
    expect(outcome(cookie, { session_affinity: 'header' })).toBe('required rules.0.overrides.session_affinity');
    expect(outcome(cookie, byHeader)).toMatchObject({ kind: 'header', ttl: 1800 });
  });

  test('from cookies to headers takes neither lifetime nor failover, so those cannot be wrong', () => {
    const base = {
      session_affinity: 'cookie',
      session_affinity_ttl: 604_800,
      session_affinity_attributes: { zero_downtime_failover: 'sticky' },
    } as const;
    expect(outcome(base, byHeader)).toMatchObject({ kind: 'header', ttl: 1800 });
    expect(outcome(base, { ...byHeader, session_affinity_ttl: 4000 })).toBe(
      'out_of_range rules.0.overrides.session_affinity_ttl',
    );
  });

  test('from headers to cookies, likewise', () => {
    const base = { ...byHeader, session_affinity_ttl: 60 };
    const session = outcome(base, { session_affinity: 'cookie' });
    expect(session).toMatchObject({ value: expect.stringContaining('expires=Thu, 01 Jan 1970 23:00:00 GMT') });
    expect(outcome(base, { session_affinity_ttl: 3000 })).toMatchObject({ kind: 'header', ttl: 3000 });
  });

  test('from one kind of cookie to the other keeps all of it', () => {
    const base = {
      session_affinity: 'cookie',
      session_affinity_ttl: 7200,
      session_affinity_attributes: { secure: 'Never', samesite: 'Lax' },
    } as const;
    expect(outcome(base, { session_affinity: 'ip_cookie' })).toMatchObject({
      value: expect.stringContaining('expires=Thu, 01 Jan 1970 02:00:00 GMT; HttpOnly; SameSite=Lax'),
    });
    expect(outcome(base, { session_affinity: 'ip_cookie', session_affinity_attributes: { samesite: 'None' } })).toBe(
      'conflict rules.0.overrides.session_affinity_attributes.samesite',
    );
  });

  test('only in its attributes keeps the others', () => {
    expect(outcome(byHeader, { session_affinity_attributes: { drain_duration: 5 } })).toMatchObject({ kind: 'header' });
    expect(outcome({ zone_id: ZONE }, { session_affinity_attributes: { drain_duration: 5 } })).toBeUndefined();
  });
});
