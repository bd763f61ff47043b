import type { LoadBalancer, RuleOverrides, SessionAffinity, SessionAffinityAttributes } from './load-balancer.types.js';

/** Seconds that sessions last: what is used when nothing is given, and what may be given (docs/reference/load-balancing.md 1.1). */
export interface SessionTtl {
  readonly default: number;
  readonly min: number;
  readonly max: number;
}

const COOKIE: SessionTtl = Object.freeze({ default: 82_800, min: 1800, max: 604_800 });

export const SESSION_TTL: Readonly<Record<Exclude<SessionAffinity, 'none'>, SessionTtl>> = {
  cookie: COOKIE,
  ip_cookie: COOKIE,
  header: Object.freeze({ default: 1800, min: 30, max: 3600 }),
};

/** docs/reference/api.md 2.2. */
export const SESSION_DEFAULTS: SessionAffinityAttributes = Object.freeze({
  samesite: 'Auto',
  secure: 'Auto',
  drain_duration: 0,
  zero_downtime_failover: 'none',
  headers: Object.freeze([]),
  require_all_headers: false,
});

/** What a load balancer says of sessions, with what rules have put in its place. Attributes may have only what was sent. */
export interface SessionFields extends Pick<LoadBalancer, 'session_affinity' | 'session_affinity_ttl'> {
  readonly session_affinity_attributes?: Partial<SessionAffinityAttributes>;
}

type SessionOverrides = Pick<RuleOverrides, keyof SessionFields>;

/**
 * The session fields of a rule over those that are in force (docs/reference/load-balancing.md 8.1, 14.31). Affinity by
 * headers in place of cookies, or the reverse, ends lifetime and attributes, which have other bounds; otherwise a rule
 * replaces only those attributes that it has: it keeps what was sent, without defaults (api.md 2.2).
 */
export function withSessionOverrides(base: SessionFields, over: SessionOverrides): SessionFields {
  const session_affinity = over.session_affinity ?? base.session_affinity;
  const isOtherKind = (session_affinity === 'header') !== (base.session_affinity === 'header');
  const kept: Partial<SessionFields> = isOtherKind ? {} : base;
  const ttl = over.session_affinity_ttl ?? kept.session_affinity_ttl;
  const { session_affinity_attributes: before } = kept;
  const { session_affinity_attributes: given } = over;
  return {
    session_affinity,
    ...(ttl === undefined ? {} : { session_affinity_ttl: ttl }),
    ...(before || given ? { session_affinity_attributes: { ...before, ...given } } : {}),
  };
}
