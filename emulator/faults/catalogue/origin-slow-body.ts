import { NOBODY } from '../../reach/latency/awaited-answer.js';
import { distant } from '../../reach/latency/distant.js';
import { Pipe, PipedLine } from '../../reach/latency/pipe.js';
import type { OriginSlowBody } from '../../state/fault.types.js';
import { straight } from '../effects/straight-line.js';
import type { FaultDefinition } from '../fault.types.js';

/** An origin that answers in time and then drips: each body has so many bytes a second. What is sent to it is not slower. */
export const originSlowBody: FaultDefinition<OriginSlowBody> = {
  drawn: 'each',
  way: ({ name, rate }, { clock }) => ({
    replaces: 'nothing',
    detail: `the body of the response comes at ${rate} bytes a second`,
    strike: (opened) =>
      distant(opened, () => ({
        out: straight(clock),
        back: new PipedLine(new Pipe(clock, rate, `fault ${name}: a piece of the response`)),
        awaitAnswer: () => NOBODY,
      })),
  }),
};
