import type { ConnectorRefused } from '../../state/fault.types.js';
import type { FaultDefinition } from '../fault.types.js';
import { linkMatcher } from '../match.js';

/** A connector that is turned away when it registers, and tries again. Connections that stand go on. */
export const connectorRefused: FaultDefinition<ConnectorRefused> = {
  drawn: 'each',
  refuses: ({ match }, { account }) => linkMatcher(match, account),
};
