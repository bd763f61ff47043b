import type { SessionAffinity, SessionAffinityAttributes } from './load-balancer.types.js';

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
