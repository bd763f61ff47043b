import type { Clock } from '../../runtime/clock.js';
import type { EdgeEvent, Events } from './journal.types.js';

export interface EventsOptions {
  /** How many of the latest events `recent` returns. Default 1,000. */
  readonly keep?: number;
}

const DEFAULT_KEEP = 1_000;
const NO_DATA: Readonly<Record<string, unknown>> = Object.freeze({});

/** The edge's events: told to subscribers at once, in order, and the latest kept. */
export function createEvents(clock: Pick<Clock, 'now'>, options: EventsOptions = {}): Events {
  const keep = options.keep ?? DEFAULT_KEEP;
  const listeners = new Set<(event: EdgeEvent) => void>();
  let kept: EdgeEvent[] = [];
  return {
    emit(type, message, data = NO_DATA) {
      const event: EdgeEvent = { at: clock.now(), type, message, data };
      kept.push(event);
      // Trimmed only at twice the size, so that an event costs no copy of the rest.
      if (kept.length >= keep * 2) kept = kept.slice(-keep);
      for (const listener of listeners) listener(event);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    recent: () => kept.slice(-keep),
  };
}
