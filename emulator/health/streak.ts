import type { Verdict } from './health.types.js';

/** What one data center makes of an endpoint, and how many of its latest results in a row were the same. */
export interface Streak {
  readonly verdict: Verdict;
  readonly passed?: boolean;
  readonly length: number;
}

export const NO_RESULT: Streak = Object.freeze({ verdict: 'unknown', length: 0 });

/** How many results in a row change the verdict; 0 acts as 1 (docs/reference/load-balancing.md 2.3, 14.2). */
export interface Thresholds {
  readonly consecutive_up: number;
  readonly consecutive_down: number;
}

/**
 * Adds a result. Without a verdict yet, a result that agrees with what the endpoint counts as (`initial`) decides at
 * once: there is nothing to change.
 */
export function count(
  before: Streak,
  passed: boolean,
  thresholds: Thresholds,
  initial: 'healthy' | 'unhealthy',
): Streak {
  const length = before.passed === passed ? before.length + 1 : 1;
  const says = passed ? 'healthy' : 'unhealthy';
  const standing = before.verdict === 'unknown' ? initial : before.verdict;
  const needed = passed ? thresholds.consecutive_up : thresholds.consecutive_down;
  const verdict = says === standing || length >= needed ? says : before.verdict;
  return { verdict, passed, length };
}
