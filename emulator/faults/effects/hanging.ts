import type { Deadlines } from '../../../runtime/deadlines.js';
import type { Opened } from '../../reach/reach.js';
import { FailureError } from '../../tunnel/connection.js';
import { canceller } from './canceller.js';

export interface Hanging {
  readonly deadlines: Deadlines;
  /** How it ends by itself, after milliseconds of real time; undefined: it does not, until somebody gives it up. */
  readonly failure: { readonly after: number; readonly make: () => FailureError } | undefined;
}

/** A way on which everything is taken and nothing comes back. Nothing is sent. */
export function hanging(opened: Opened, { deadlines, failure }: Hanging): Opened {
  const hang = (signal: AbortSignal): Promise<never> =>
    new Promise((_resolve, reject) => {
      const deadline = failure && deadlines.after(failure.after, () => reject(failure.make()));
      const givenUp = (): void => {
        deadline?.cancel();
        reject(new FailureError({ kind: 'aborted', detail: 'given up before the connector answered', unsent: false }));
      };
      if (signal.aborted) givenUp();
      else signal.addEventListener('abort', givenUp, { once: true });
    });
  return {
    ...opened,
    request: (_head, _body, handler) => {
      const exchange = canceller();
      const deadline =
        failure &&
        deadlines.after(failure.after, () => exchange.unlessAborted(() => handler.fail(failure.make().failure)));
      return {
        resume: () => undefined,
        abort: () => {
          deadline?.cancel();
          exchange.abort();
        },
      };
    },
    switching:
      opened.switching.by === 'connector'
        ? { by: 'connector', upgrade: (_head, signal) => hang(signal) }
        : { by: 'edge', connect: hang },
  };
}
