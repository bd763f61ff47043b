import type { Opened } from '../../reach/reach.js';
import type { ResponseHandler, ResponseHead } from '../../tunnel/connection.js';

/**
 * A way whose answers have other heads. Streams that the edge dials itself, as for a WebSocket to a private address, are
 * bytes and stay as they are.
 */
export function changingHeads(opened: Opened, change: (head: ResponseHead) => ResponseHead): Opened {
  const { switching } = opened;
  return {
    ...opened,
    request: (head, body, handler) => opened.request(head, body, changing(handler, change)),
    switching:
      switching.by === 'edge'
        ? switching
        : {
            by: 'connector',
            upgrade: async (head, signal) => {
              const result = await switching.upgrade(head, signal);
              return { ...result, head: change(result.head) };
            },
          },
  };
}

function changing(handler: ResponseHandler, change: (head: ResponseHead) => ResponseHead): ResponseHandler {
  return {
    head: (head) => handler.head(change(head)),
    data: (chunk) => handler.data(chunk),
    end: (trailers) => handler.end(trailers),
    fail: (failure) => handler.fail(failure),
  };
}
