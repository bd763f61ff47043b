import type { OriginRefuse } from '../../state/fault.types.js';
import { failing } from '../effects/failing.js';
import type { FaultDefinition } from '../fault.types.js';

/** As if nobody listened at the origin's port. Nothing is sent. */
export const originRefuse: FaultDefinition<OriginRefuse> = {
  drawn: 'each',
  way: ({ name }) => ({
    replaces: 'all',
    detail: 'the origin refuses the connection',
    strike: (opened) =>
      failing(opened, { kind: 'refused', detail: `the connection is refused (fault ${name})`, unsent: true }),
  }),
};
