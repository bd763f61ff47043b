import { Pipe, PipedLine } from '../../reach/latency/pipe.js';
import type { LinkBandwidth } from '../../state/fault.types.js';
import { stretched, whichOf } from '../effects/stretch.js';
import type { FaultDefinition } from '../fault.types.js';

/** Pipes that are remembered; those in which nothing is are forgotten first. */
const MAX_PIPES = 1_000;

/** A stretch that carries only so many bytes a second in each direction, of all the streams over it together. */
export const linkBandwidth: FaultDefinition<LinkBandwidth> = {
  drawn: 'each',
  way: ({ name, between, rate }, context) => {
    const pipes = new Map<string, Pipe>();
    const pipeOf = (key: string, what: string): Pipe => {
      let pipe = pipes.get(key);
      if (!pipe) {
        if (pipes.size >= MAX_PIPES) for (const [old, { isIdle }] of pipes) if (isIdle) pipes.delete(old);
        pipe = new Pipe(context.clock, rate, what);
        pipes.set(key, pipe);
      }
      return pipe;
    };
    return stretched(
      { name, between, context },
      {
        detail: `it carries ${rate} bytes a second`,
        measured: () => 0,
        line: (_rng, what, direction, opening) =>
          new PipedLine(pipeOf(`${direction} ${whichOf(between, opening)}`, what)),
      },
    );
  },
};
