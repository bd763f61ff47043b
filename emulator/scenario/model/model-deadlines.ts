import type { Clock } from '../../../runtime/clock.js';
import type { Deadlines } from '../../../runtime/deadlines.js';

/** Deadlines that fall due on the clock, so that waiting in vain takes no real time, and ends at the same moment in every run. */
export function modelDeadlines(clock: Pick<Clock, 'now' | 'schedule'>): Deadlines {
  return {
    now: () => clock.now(),
    after(milliseconds, expire) {
      let over = false;
      const begin = () =>
        clock.schedule(milliseconds, 'a wait is over', () => {
          over = true;
          expire();
        });
      let waiting = begin();
      return {
        cancel() {
          over = true;
          waiting.cancel();
        },
        refresh() {
          if (over) return;
          waiting.cancel();
          waiting = begin();
        },
      };
    },
  };
}
