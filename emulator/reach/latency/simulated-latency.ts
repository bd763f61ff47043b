import type { Duplex } from 'node:stream';
import type { Clock } from '../../../runtime/clock.js';
import type { Deadlines } from '../../../runtime/deadlines.js';
import type { UpgradeResult } from '../../tunnel/connection.js';
import type { Leg } from '../path.js';
import type { Opened, ReachHook } from '../reach.js';
import { type Crossing, crossed } from './crossing.js';
import { DelayLine } from './delay-line.js';
import { DistantBody } from './distant-body.js';
import { DistantDuplex } from './distant-duplex.js';
import { DistantExchange } from './distant-exchange.js';

/**
 * Real milliseconds in which an answer that is asked for holds a manual clock. Somebody who waits longer, as for an event
 * that may never come, finds that time has gone on.
 */
const ANSWER_PATIENCE = 1_000;

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
    return single || roundTripMs === 0
      ? opened
      : distant(opened, {
          ...options,
          endpoint: endpoint.name,
          oneWayMs: Math.floor((roundTripMs / 2) * GRAIN) / GRAIN,
          nextNumber: () => ++count,
        });
  };
}

interface Distance extends LatencyOptions {
  readonly endpoint: string;
  readonly oneWayMs: number;
  /** Tells one stream from another. */
  readonly nextNumber: () => number;
}

function distant(opened: Opened, distance: Distance): Opened {
  const { switching } = opened;
  let current: Crossing | undefined;
  const begin = (): Crossing => {
    current = crossingOf(opened.legs, distance);
    return current;
  };
  return {
    ...opened,
    underWay: () => current !== undefined && (current.out.underWay || current.back.underWay),
    request: (head, body, handler) => new DistantExchange(opened, head, body, handler, begin()),
    switching:
      switching.by === 'connector'
        ? {
            by: 'connector',
            upgrade: (head, signal) => {
              const crossing = begin();
              const near = (result: UpgradeResult): UpgradeResult =>
                result.accepted
                  ? { ...result, stream: new DistantDuplex(result.stream, crossing) }
                  : { ...result, body: new DistantBody(result.body, crossing.back) };
              return ask(() => switching.upgrade(head, signal), { crossing, signal, near, drop: dropAnswer });
            },
          }
        : {
            by: 'edge',
            connect: (signal) => {
              const crossing = begin();
              const near = (stream: Duplex): Duplex => new DistantDuplex(stream, crossing);
              return ask(() => switching.connect(signal), {
                crossing,
                signal,
                near,
                drop: (stream) => stream.destroy(),
              });
            },
          },
  };
}

function dropAnswer(result: UpgradeResult): void {
  (result.accepted ? result.stream : result.body).destroy();
}

interface Asking<T> {
  readonly crossing: Crossing;
  readonly signal: AbortSignal;
  /** What the other side gave, as it is seen from here. */
  readonly near: (answer: T) => T;
  readonly drop: (answer: T) => void;
}

/** The question goes there, the answer comes back, and what follows it comes behind it. Failures take as long. */
async function ask<T>(question: () => Promise<T>, { crossing, signal, near, drop }: Asking<T>): Promise<T> {
  await crossed(crossing.out, signal);
  const answered = crossing.awaitAnswer();
  let answer: T;
  try {
    answer = await question();
  } catch (error) {
    const told = crossed(crossing.back, signal);
    answered();
    await told;
    throw error;
  }
  const told = crossed(crossing.back, signal);
  const here = near(answer);
  answered();
  try {
    await told;
  } catch (error) {
    drop(here);
    throw error;
  }
  return here;
}

function crossingOf(legs: readonly Leg[], { clock, deadlines, endpoint, oneWayMs, nextNumber }: Distance): Crossing {
  const way = [legs[0]?.from, ...legs.map(({ to }) => to)].join('-');
  const line = (): DelayLine => new DelayLine({ clock, what: `simulated latency ${way}`, delay: () => oneWayMs });
  return {
    out: line(),
    back: line(),
    awaitAnswer() {
      // A clock that runs waits for nobody.
      if (clock.mode !== 'manual') return () => undefined;
      let answered: () => void = () => undefined;
      const answer = new Promise<void>((resolve) => {
        answered = resolve;
      });
      const work = async (): Promise<void> => {
        const patience = deadlines.after(ANSWER_PATIENCE, answered);
        await answer;
        patience.cancel();
      };
      const about = `answers of ${endpoint}`;
      const waiting = clock.schedule(0, `${about}: stream ${nextNumber()} waits`, work, about);
      return () => {
        waiting.cancel();
        answered();
      };
    },
  };
}
