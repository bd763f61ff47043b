import type { EdgeErrorName } from './edge-errors.js';

/**
 * Errors of the edge after which another endpoint of the pool is tried, once: 521, 522, 523, 525 and 526, all from
 * before a request was on its way. Nothing else is: not 520, 524, 502 or 530, nor what an origin answered itself
 * (docs/reference/load-balancing.md section 6 and 14.27).
 */
const FAILS_OVER: ReadonlySet<EdgeErrorName> = new Set([
  'connection_refused',
  'connection_timeout',
  'unreachable',
  'tls_handshake',
  'invalid_certificate',
]);

/** Whether an attempt that ended in this error is followed by one at another endpoint of its pool. */
export function failsOver(error: EdgeErrorName): boolean {
  return FAILS_OVER.has(error);
}
