import type { Clock } from '../../../runtime/clock.js';
import { DelayLine } from '../../reach/latency/delay-line.js';

/** A direction that takes no time. */
export function straight(clock: Clock): DelayLine {
  return new DelayLine({ clock, what: 'a direction that takes no time', delay: () => 0 });
}
