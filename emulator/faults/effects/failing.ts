import type { Opened } from '../../reach/reach.js';
import { type Failure, FailureError } from '../../tunnel/connection.js';
import { canceller } from './canceller.js';

/** A way on which whatever is tried fails at once. Nothing is sent. */
export function failing(opened: Opened, failure: Failure): Opened {
  const fail = () => Promise.reject(new FailureError(failure));
  return {
    ...opened,
    request: (_head, _body, handler) => {
      const exchange = canceller();
      queueMicrotask(() => exchange.unlessAborted(() => handler.fail(failure)));
      return exchange;
    },
    switching: opened.switching.by === 'connector' ? { by: 'connector', upgrade: fail } : { by: 'edge', connect: fail },
  };
}
