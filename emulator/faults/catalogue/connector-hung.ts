import type { Opened } from '../../reach/reach.js';
import type { ConnectorHung } from '../../state/fault.types.js';
import { FailureError } from '../../tunnel/connection.js';
import { hanging } from '../effects/hanging.js';
import type { FaultDefinition } from '../fault.types.js';

/**
 * A connector whose process stands still: its connections are open and take requests, and nothing is ever answered. A
 * request to a published application waits for its response until that is too late (524); an address that the connector
 * should dial is not connected to in time (522).
 */
export const connectorHung: FaultDefinition<ConnectorHung> = {
  drawn: 'each',
  way: (_fault, { account, deadlines }) => ({
    replaces: 'all',
    detail: 'the connector takes the request and does not answer',
    concerns: ({ opened }) => opened.connection !== undefined,
    dataCenter: 'egress',
    strike: (opened: Opened, { path }) =>
      hanging(opened, {
        deadlines,
        failure:
          path.kind === 'private'
            ? {
                after: account.settings.timeouts.connect * 1000,
                make: () =>
                  new FailureError({
                    kind: 'timeout',
                    detail: `${path.ip}:${path.port} did not answer within ${account.settings.timeouts.connect} s`,
                    unsent: true,
                  }),
              }
            : undefined,
      }),
  }),
};
