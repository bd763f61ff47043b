import type { OriginTruncated } from '../../state/fault.types.js';
import { cutting } from '../effects/cutting.js';
import type { FaultDefinition } from '../fault.types.js';

/** An origin that ends its answer too early: it closes the connection properly, before the length that it announced. */
export const originTruncated: FaultDefinition<OriginTruncated> = {
  drawn: 'each',
  way: ({ name, after }) => {
    const detail = `the origin ends the body after ${after} bytes`;
    return {
      replaces: 'nothing',
      detail,
      strike: (opened, { path }) =>
        cutting(opened, {
          after,
          framed: path.kind !== 'tunnel',
          how: 'truncated',
          detail: `${detail} (fault ${name})`,
        }),
    };
  },
};
