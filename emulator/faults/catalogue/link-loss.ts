import { parseSpan } from '../../../runtime/clock.js';
import { DelayLine } from '../../reach/latency/delay-line.js';
import type { LinkLoss } from '../../state/fault.types.js';
import { perSegment } from '../effects/segments.js';
import { stretched } from '../effects/stretch.js';
import type { FaultDefinition } from '../fault.types.js';

/**
 * A stretch that loses packets. The streams over it lose nothing, but stall: what was lost is sent again, and all that
 * follows waits for it.
 */
export const linkLoss: FaultDefinition<LinkLoss> = {
  drawn: 'each',
  way: ({ name, between, loss, stall }, context) => {
    const span = parseSpan(stall) ?? 0;
    return stretched(
      { name, between, context },
      {
        detail: `${loss * 100} % of what it carries is lost, and stalls the rest for ${stall}`,
        measured: () => 0,
        line: (rng, what) => {
          const stalls = perSegment(() => (rng.next() < loss ? span : 0));
          return new DelayLine({ clock: context.clock, what, delay: (bytes) => stalls(bytes).sum });
        },
      },
    );
  },
};
