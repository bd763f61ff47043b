import type { Clock } from '../../../runtime/clock.js';
import type { Deadlines } from '../../../runtime/deadlines.js';
import type { Leg } from '../path.js';
import type { Opened, ReachHook } from '../reach.js';
import { type AnswerOptions, awaitAnswer, NOBODY } from './awaited-answer.js';
import type { Crossing } from './crossing.js';
import { DelayLine } from './delay-line.js';
import { distant } from './distant.js';

/**
 * In a millisecond. Times since the epoch hold such parts exactly, so that an `advance` by the round trip that the trace
 * shows is never a little too short.
 */
const GRAIN = 1024;

export interface LatencyOptions {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
}

/**
 * What `settings.simulate_latency` does to the ways that are opened: whatever travels takes half of the legs' modelled
 * round trips in each direction. A stream that is dialled takes one whole round trip before its first byte, as TCP does;
 * requests use connections that are kept.
 *
 * Probes, which ask for connections of their own, are let through: they add the model to what they measure
 * (docs/health.md, "Round trips").
 */
export function simulatedLatency(options: LatencyOptions): ReachHook {
  let count = 0;
  return (opened, { endpoint }, { single }) => {
    const roundTripMs = opened.legs.reduce((sum, leg) => sum + leg.roundTripMs, 0);
    if (single || roundTripMs === 0) return opened;
    const oneWayMs = Math.floor((roundTripMs / 2) * GRAIN) / GRAIN;
    const answers = { ...options, endpoint: endpoint.name, nextNumber: () => ++count };
    return distant(opened, () => crossingOf(opened, oneWayMs, answers));
  };
}

function crossingOf({ legs, waitsForClock }: Opened, oneWayMs: number, answers: AnswerOptions): Crossing {
  const { clock } = answers;
  const what = `simulated latency ${wayOf(legs)}`;
  const line = (): DelayLine => new DelayLine({ clock, what, delay: () => oneWayMs });
  return { out: line(), back: line(), awaitAnswer: () => (waitsForClock ? NOBODY : awaitAnswer(answers)) };
}

function wayOf(legs: readonly Leg[]): string {
  return [legs[0]?.from, ...legs.map(({ to }) => to)].join('-');
}
