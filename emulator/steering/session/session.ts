import type { Rng } from '../../../runtime/rng.js';
import type { Origin } from '../../state/objects.js';
import { isUnhealthy } from '../availability.js';
import type { SteeringContext } from '../context.js';
import { shedsSession } from '../shedding.js';
import type { CompiledPool, PoolAttempt } from '../snapshot.types.js';
import type { Attempt, HttpFacts, Reason, SessionAction } from '../steering.types.js';
import type { CompiledAffinity, PinnedTarget } from './affinity.js';
import { SESSION_COOKIE, sessionCookiesIn, setCookie } from './cookies.js';
import { endpointTag } from './tokens.js';

/** What a request's session says about it, and what becomes of it (docs/reference/load-balancing.md section 5). */
export interface Session {
  readonly affinity: CompiledAffinity;
  /** Where it goes; undefined: it is new, or leads nowhere any more. */
  readonly pinned: PinnedTarget | undefined;
  /** For `header`. */
  readonly key: string | undefined;
  /** The pool that sheds it, and therefore does not get it as a new one either. */
  readonly shedBy: CompiledPool | undefined;
  /** Where it was, though that is unhealthy or sheds it: the fallback pool minds neither. */
  readonly left?: PinnedTarget;
}

/** Looks for the session of a request; undefined: it cannot have any. Says what was found. */
export function findSession(
  affinity: CompiledAffinity,
  context: SteeringContext<HttpFacts>,
  reasons: Reason[],
): Session | undefined {
  const key = affinity.type === 'header' ? affinity.keyOf(context.facts.headers) : undefined;
  if (affinity.type === 'header' && key === undefined) {
    reasons.push(NO_HEADERS);
    return undefined;
  }
  const target = key === undefined ? byCookie(affinity, context, reasons) : byKey(affinity, key, context, reasons);
  const session = { affinity, key, pinned: undefined, shedBy: undefined };
  if (!target) return session;

  const { pool, endpoint } = target;
  const ended = whyEnded(target, affinity, context);
  if (ended !== undefined) {
    reasons.push(about(target, 'dropped', ended));
    return session;
  }
  if (endpoint.origin.enabled && isUnhealthy(pool, endpoint.origin.name, context)) {
    reasons.push(about(target, 'dropped', UNHEALTHY));
    return { ...session, left: target };
  }
  const shed = shedsSession(pool, context);
  if (shed) {
    reasons.push(shed);
    return { ...session, shedBy: pool, left: target };
  }
  reasons.push(about(target, 'honoured', HONOURED[affinity.type] + drainingUntil(target, affinity)));
  return { ...session, pinned: target };
}

/**
 * The fallback pool takes the request, and ignores health and shedding (2.7): a session that it has stays where it is,
 * so that clients do not get another endpoint and cookie with every request.
 */
export function inFallbackPool(session: Session, fallback: CompiledPool, reasons: Reason[]): Session {
  const { left } = session;
  if (left?.pool !== fallback) return session;
  reasons.push(about(left, 'honoured', KEPT_BY_FALLBACK));
  return { ...session, pinned: left };
}

/** What an answered attempt does to the session. `now` in model time; what is unique about a cookie is drawn from `rng`. */
export function sessionAfter(
  { affinity, pinned, key }: Session,
  attempt: Attempt,
  now: number,
  rng: Rng,
): SessionAction | undefined {
  const { pool, origin } = attempt as PoolAttempt;
  const { loadBalancerId, ttl } = affinity;
  // Away from its endpoint only for now: `temporary` changes nothing (6, 14.20).
  const stays = pinned && (pinned.endpoint.origin === origin || affinity.failover !== 'sticky');
  const to = stays
    ? { poolId: pinned.pool.pool.id, endpointName: pinned.endpoint.origin.name }
    : { poolId: pool.id, endpointName: origin.name };
  if (key !== undefined) return { kind: 'header', loadBalancerId, key, begins: !stays, pinned: to, ttl };
  if (stays) return undefined;
  const token = { tag: endpointTag(to.poolId, to.endpointName), createdAt: now };
  const value = affinity.tokens.seal(loadBalancerId, token, rng);
  return { kind: 'cookie', value: setCookie(value, now + ttl * 1000, affinity.cookieAttributes) };
}

function byCookie(
  affinity: CompiledAffinity,
  { facts }: SteeringContext<HttpFacts>,
  reasons: Reason[],
): PinnedTarget | undefined {
  let ignored = 0;
  let expired = 0;
  for (const value of sessionCookiesIn(facts.headers)) {
    const token = affinity.tokens.open(affinity.loadBalancerId, value);
    if (!token) {
      ignored++;
    } else if (token.createdAt + affinity.ttl * 1000 <= facts.now) {
      expired++;
    } else {
      const target = affinity.targets().get(token.tag);
      if (!target) reasons.push(GONE);
      return target;
    }
  }
  reasons.push(expired > 0 ? EXPIRED : ignored > 0 ? BAD_COOKIE : NO_COOKIE);
  return undefined;
}

function byKey(
  affinity: CompiledAffinity,
  key: string,
  { observations }: SteeringContext,
  reasons: Reason[],
): PinnedTarget | undefined {
  const pinned = observations.headerSession(affinity.loadBalancerId, key);
  if (!pinned) {
    reasons.push(NEW_KEY);
    return undefined;
  }
  const target = affinity.targets().get(endpointTag(pinned.poolId, pinned.endpointName));
  if (!target) reasons.push(GONE);
  return target;
}

/**
 * A session depends on its endpoint alone: that its pool is critical does not end it (14.23). A disabled endpoint keeps
 * its sessions while it drains, though nobody probes it any more (5.3, 14.22). A weight of 0 ends them: it is one of the
 * ways to take an endpoint out at once (5.3).
 */
function whyEnded(
  { pool, endpoint: { origin } }: PinnedTarget,
  { drain }: CompiledAffinity,
  { facts }: SteeringContext,
): string | undefined {
  if (!pool.pool.enabled) return 'its pool is disabled';
  if (!origin.enabled) {
    return facts.now < drainedAt(origin, drain) ? undefined : 'the endpoint is disabled, and has drained';
  }
  return origin.weight === 0 ? 'the endpoint’s weight is 0' : undefined;
}

/** Model time, milliseconds since the epoch. */
function drainedAt({ disabled_at = 0 }: Origin, drain: number): number {
  return disabled_at + drain;
}

function drainingUntil({ endpoint: { origin } }: PinnedTarget, { drain }: CompiledAffinity): string {
  return origin.enabled ? '' : `; disabled, drains until ${new Date(drainedAt(origin, drain)).toISOString()}`;
}

const UNHEALTHY = 'the endpoint is unhealthy or not checked yet, seen from this data center';
const KEPT_BY_FALLBACK = 'the fallback pool keeps the sessions that it has, whatever their endpoint’s health';

const HONOURED = {
  cookie: `the ${SESSION_COOKIE} cookie pins the client to this endpoint`,
  ip_cookie: `the ${SESSION_COOKIE} cookie pins the client to this endpoint`,
  header: 'the configured headers pin the client to this endpoint',
} as const;

function about({ pool, endpoint }: PinnedTarget, outcome: string, detail: string): Reason {
  return { step: 'session', subject: `${pool.pool.name}/${endpoint.origin.name}`, outcome, detail };
}

function none(detail: string): Reason {
  return Object.freeze({ step: 'session', outcome: 'none', detail });
}

const NO_HEADERS = none('too few of the headers of session_affinity_attributes are there: no session');
const NEW_KEY = none('no session is kept for these headers');
const NO_COOKIE = none(`no ${SESSION_COOKIE} cookie came: a new session`);
const BAD_COOKIE = none(`the ${SESSION_COOKIE} cookie is not one that was set for this load balancer: ignored`);
const EXPIRED = none(`the ${SESSION_COOKIE} cookie is older than session_affinity_ttl: a new session`);
const GONE = none('the session’s pool or endpoint is not among those of this request: a new session');
