import { type DataCentersPartitioned, listOf } from '../../state/fault.types.js';
import type { FaultDefinition } from '../fault.types.js';
import { idsOf } from '../match.js';

/**
 * Data centers that cannot get to each other, while each of them gets to everything else: what comes in on one side does
 * not find the connections that end on the other, and takes the nearest that it finds.
 */
export const dataCentersPartitioned: FaultDefinition<DataCentersPartitioned> = {
  drawn: 'once',
  parts: ({ match, from }, { account }) => {
    const side = new Set(listOf(match.data_center));
    const other = from === undefined ? undefined : new Set(listOf(from));
    const tunnels = match.tunnel === undefined ? undefined : idsOf(match.tunnel, account.tunnels);
    const parted = (a: string, b: string): boolean => side.has(a) && (other ? other.has(b) : !side.has(b));
    return {
      // Nothing parts a data center from itself.
      between: (a, b) => a !== b && (parted(a, b) || parted(b, a)),
      tunnels,
    };
  },
};
