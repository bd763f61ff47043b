import type { LoadBalancer, Pool, SessionAffinityAttributes } from '../../state/objects.js';
import { observations, origin, pool } from '../account.fixture.js';
import { answer, cookieOf, decideBy, first, sentBack, snapshotOf } from '../decision.fixture.js';
import type { SteeringSnapshot } from '../snapshot.types.js';
import type { HttpFacts } from '../steering.types.js';

export const HOUR = 3_600_000;
export const TTL = 1800;
export const p = (part: Partial<Pool> = {}): Pool =>
  pool(
    'p',
    ['a', 'b', 'c'].map((name) => origin(name)),
    { monitor: 'm', ...part },
  );
export const q = (part: Partial<Pool> = {}): Pool => pool('q', [origin('x')], { monitor: 'm', ...part });
export const spare = pool('spare', [origin('s')], { monitor: 'm' });

export const sticky = (attributes: Partial<SessionAffinityAttributes> = {}, part: Partial<LoadBalancer> = {}) =>
  ({
    session_affinity: 'cookie',
    session_affinity_ttl: TTL,
    session_affinity_attributes: attributes as SessionAffinityAttributes,
    ...part,
  }) satisfies Partial<LoadBalancer>;

export const plain = snapshotOf([p(), q(), spare], sticky());

/** A session at an endpoint of p, from time 0: whichever the seed gives. */
export function begun(snapshot: SteeringSnapshot = plain, seed = 1, facts: Partial<HttpFacts> = {}) {
  const { to, session } = answer(decideBy(snapshot, { seed, facts }));
  return { to, endpoint: to.split('/')[1] ?? '', cookie: sentBack(cookieOf(session)) };
}

/** Many draws, so that an endpoint which comes every time is no chance. */
export function goesTo(snapshot: SteeringSnapshot, facts: Partial<HttpFacts>, ...unhealthy: string[]): string {
  const to = new Set<string>();
  for (let seed = 0; seed < 30; seed++)
    to.add(first(decideBy(snapshot, { seed, facts, seen: observations(...unhealthy) })));
  return [...to].sort().join(' ');
}
