import type { ConnectorDisconnected } from '../../state/fault.types.js';
import type { FaultDefinition } from '../fault.types.js';
import { linkMatcher } from '../match.js';

/** Connections that break and are refused when the connector dials in again, as behind a firewall that was changed. */
export const connectorDisconnected: FaultDefinition<ConnectorDisconnected> = {
  drawn: 'each',
  cuts: ({ match }, { account }) => linkMatcher(match, account),
};
