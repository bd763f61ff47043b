import type { OriginReset } from '../../state/fault.types.js';
import { cutting } from '../effects/cutting.js';
import type { FaultDefinition } from '../fault.types.js';

/** An origin that breaks in the middle of its answer: the connection is reset once so many bytes of the body have come. */
export const originReset: FaultDefinition<OriginReset> = {
  drawn: 'each',
  way: ({ name, after }) => {
    const detail = `the connection is reset after ${after} bytes of the body`;
    return {
      replaces: 'nothing',
      detail,
      strike: (opened, { path }) =>
        cutting(opened, { after, framed: path.kind !== 'tunnel', how: 'reset', detail: `${detail} (fault ${name})` }),
    };
  },
};
