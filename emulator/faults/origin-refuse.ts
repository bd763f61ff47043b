import type { Opened } from '../reach/reach.js';
import type { OriginRefuse } from '../state/objects.js';
import { type Failure, FailureError } from '../tunnel/connection.js';
import { canceller } from './exchange.js';
import type { FaultDefinition } from './fault.types.js';
import { originMatcher } from './match.js';

/** As if nobody listened at the origin's port. Nothing is sent. */
export const originRefuse: FaultDefinition<OriginRefuse> = {
  drawn: 'each',
  origin: ({ name, match }, { account }) => ({
    replaces: 'all',
    detail: 'the origin refuses the connection',
    matches: originMatcher(match, account),
    strike: (opened) =>
      refusing(opened, { kind: 'refused', detail: `the connection is refused (fault ${name})`, unsent: true }),
  }),
};

function refusing(opened: Opened, failure: Failure): Opened {
  const refuse = () => Promise.reject(new FailureError(failure));
  return {
    ...opened,
    request: (_head, _body, handler) => {
      const exchange = canceller();
      queueMicrotask(() => exchange.unlessAborted(() => handler.fail(failure)));
      return exchange;
    },
    switching:
      opened.switching.by === 'connector' ? { by: 'connector', upgrade: refuse } : { by: 'edge', connect: refuse },
  };
}
