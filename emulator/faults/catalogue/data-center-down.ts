import type { DataCenterDown } from '../../state/fault.types.js';
import type { FaultDefinition } from '../fault.types.js';

/**
 * A data center that does not run: requests for it enter at the nearest one that does, connections that end there
 * are closed, and connectors register elsewhere until it is back.
 */
export const dataCenterDown: FaultDefinition<DataCenterDown> = {
  drawn: 'once',
  down: ({ match }) => match.data_center,
  cuts: ({ match }) => {
    return ({ dataCenter }) => dataCenter === match.data_center;
  },
};
