import { parseSpan } from '../../../runtime/clock.js';
import type { Rng } from '../../../runtime/rng.js';
import { DelayLine } from '../../reach/latency/delay-line.js';
import type { LinkLatency } from '../../state/fault.types.js';
import { whole } from '../effects/grain.js';
import { perSegment } from '../effects/segments.js';
import { stretched } from '../effects/stretch.js';
import type { FaultDefinition } from '../fault.types.js';

/** A stretch that takes longer, in each direction. What is sent first arrives first, whatever the jitter. */
export const linkLatency: FaultDefinition<LinkLatency> = {
  drawn: 'each',
  way: ({ name, between, latency, jitter = '0s' }, context) => {
    const usual = parseSpan(latency) ?? 0;
    const most = parseSpan(jitter) ?? 0;
    const draw = (rng: Rng): number => Math.max(0, whole(usual + (most === 0 ? 0 : (2 * rng.next() - 1) * most)));
    return stretched(
      { name, between, context },
      {
        detail: `it takes ${latency} longer in each direction${most === 0 ? '' : `, ${jitter} more or less`}`,
        measured: (rng) => draw(rng.fork('out')) + draw(rng.fork('back')),
        line: (rng, what) => {
          const delay = perSegment(() => draw(rng));
          return new DelayLine({ clock: context.clock, what, delay: (bytes) => delay(bytes).latest });
        },
      },
    );
  },
};
