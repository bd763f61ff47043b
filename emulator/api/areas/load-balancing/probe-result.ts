import * as z from 'zod';
import type { Opinion, Verdict } from '../../../health/health.types.js';
import type { ProbeResult } from '../../../health/probes/probe.types.js';
import type { Origin } from '../../../state/objects.js';

/** docs/reference/api.md 2.3. */
const probeResult = z.object({
  healthy: z.boolean(),
  rtt: z.string(),
  failure_reason: z.string(),
  response_code: z.number(),
});

/** A list of maps with one key each: the address. */
export const originResults = z.array(z.record(z.string(), probeResult));

type ShownProbe = z.infer<typeof probeResult>;

const NO_FAILURES = 'No failures';

/** What one data center found. Its latest check may have passed, with too few in a row to change its verdict. */
export function shownProbe({ address }: Origin, verdict: Verdict, result: ProbeResult): Record<string, ShownProbe> {
  return {
    [address]: {
      healthy: verdict === 'healthy',
      rtt: goDuration(result.passed ? result.roundTripMs : 0),
      failure_reason: result.passed ? NO_FAILURES : result.reason,
      response_code: result.responseCode ?? 0,
    },
  };
}

/** What all of them found: the decision, the mean round trip, and what one of those saw who made the decision. */
export function shownOpinion({ address }: Origin, { verdict, votes }: Opinion): Record<string, ShownProbe> {
  const results = votes.flatMap(({ result }) => (result ? [result] : []));
  const trips = results.flatMap((result) => (result.passed ? [result.roundTripMs] : []));
  const telling = results.find(({ passed }) => passed === (verdict === 'healthy'));
  return {
    [address]: {
      healthy: verdict === 'healthy',
      rtt: goDuration(trips.length === 0 ? 0 : trips.reduce((sum, each) => sum + each, 0) / trips.length),
      failure_reason: telling && !telling.passed ? telling.reason : NO_FAILURES,
      response_code: telling?.responseCode ?? 0,
    },
  };
}

/** Milliseconds as Go prints a duration below a minute: `12.1ms`, `1.5s`, `250µs`, `0s`. */
export function goDuration(milliseconds: number): string {
  const microseconds = Math.round(milliseconds * 1000);
  if (microseconds === 0) return '0s';
  if (microseconds < 1000) return `${microseconds}µs`;
  return microseconds < 1_000_000 ? `${microseconds / 1000}ms` : `${microseconds / 1_000_000}s`;
}
