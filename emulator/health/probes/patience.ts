import { FailureError } from '../../tunnel/connection.js';
import type { ProbeContext, ProbeSubject } from './probe.types.js';

/** The time of an attempt. */
export interface Patience {
  /** Aborts when the monitor's timeout is over, or when nobody wants to know any more. */
  readonly signal: AbortSignal;
  /** Whether the timeout is over. */
  readonly isOver: boolean;
  end(): void;
}

/**
 * Begins the time of an attempt.
 *
 * @param what for people: what did not happen, e.g. `no connection`
 */
export function patienceFor({ monitor }: ProbeSubject, context: ProbeContext, what: string): Patience {
  const timeout = new AbortController();
  const failure = new FailureError({ kind: 'timeout', detail: `${what} within ${monitor.timeout} s`, unsent: true });
  const deadline = context.deadlines.after(monitor.timeout * 1000, () => timeout.abort(failure));
  return {
    signal: AbortSignal.any([timeout.signal, context.signal]),
    get isOver() {
      return timeout.signal.aborted;
    },
    end: () => deadline.cancel(),
  };
}
