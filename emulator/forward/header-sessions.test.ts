import { describe, expect, test } from 'vitest';
import { HeaderSessions } from './header-sessions.js';

const pinned = (endpointName: string) => ({ poolId: 'p', endpointName });
const session = (key: string, { loadBalancerId = 'lb', endpoint = 'a', ttl = 60 } = {}) =>
  ({ kind: 'header', loadBalancerId, key, pinned: pinned(endpoint), ttl }) as const;

/** Model time that the test sets. */
function useSessions(most?: number) {
  const clock = { now: 0 };
  return { clock, sessions: new HeaderSessions(() => clock.now, most) };
}

// docs/reference/load-balancing.md 5.1, 14.18.
describe('a session by headers', () => {
  test('is found by load balancer and key', () => {
    const { sessions } = useSessions();
    sessions.keep(session('k'));
    expect(sessions.find('lb', 'k')).toEqual(pinned('a'));
    expect(sessions.find('lb', 'other')).toBeUndefined();
    expect(sessions.find('other', 'k')).toBeUndefined();
  });

  test('ends once it was not used for its lifetime; each use begins it anew', () => {
    const { clock, sessions } = useSessions();
    sessions.keep(session('k'));
    clock.now = 59_999;
    expect(sessions.find('lb', 'k')).toEqual(pinned('a'));
    sessions.keep(session('k'));
    clock.now = 119_998;
    expect(sessions.find('lb', 'k')).toEqual(pinned('a'));
    clock.now = 119_999;
    expect(sessions.find('lb', 'k')).toBeUndefined();
  });

  test('that was only looked for was not used', () => {
    const { clock, sessions } = useSessions();
    sessions.keep(session('k'));
    clock.now = 50_000;
    sessions.find('lb', 'k');
    clock.now = 60_000;
    expect(sessions.find('lb', 'k')).toBeUndefined();
  });

  test('can move', () => {
    const { sessions } = useSessions();
    sessions.keep(session('k'));
    sessions.keep(session('k', { endpoint: 'b' }));
    expect(sessions.find('lb', 'k')).toEqual(pinned('b'));
    expect(sessions.size).toBe(1);
  });
});

describe('many sessions', () => {
  test('are 10,000 at most: the one not used for longest makes room', () => {
    const { sessions } = useSessions();
    for (let client = 0; client < 10_000; client++) sessions.keep(session(`${client}`));
    sessions.keep(session('0'));
    sessions.keep(session('one more'));
    expect(sessions.size).toBe(10_000);
    expect(sessions.find('lb', '1')).toBeUndefined();
    for (const key of ['0', '2', '9999', 'one more']) expect(sessions.find('lb', key)).toEqual(pinned('a'));
  });

  test('of which each takes the place of one stay as many', () => {
    const { sessions } = useSessions(3);
    for (let client = 0; client < 1000; client++) {
      sessions.keep(session(`${client}`));
      expect(sessions.size).toBeLessThanOrEqual(3);
    }
    expect(['997', '998', '999'].map((key) => sessions.find('lb', key))).toEqual([
      pinned('a'),
      pinned('a'),
      pinned('a'),
    ]);
  });

  test('are forgotten by clear', () => {
    const { sessions } = useSessions();
    sessions.keep(session('k'));
    sessions.clear();
    expect(sessions.find('lb', 'k')).toBeUndefined();
    expect(sessions.size).toBe(0);
  });
});
