import type { ReachHook } from '../../reach/reach.js';
import type { Exchange, ResponseHandler } from '../../tunnel/connection.js';

/**
 * Parks work on the clock, such as a probe, for as long as it waits for an answer. What happens in real sockets meanwhile
 * holds the clock by itself; everything else comes by the clock.
 */
export const parkedWays: ReachHook = (opened, _path, { ticket }) =>
  ticket
    ? {
        ...opened,
        request(head, body, handler) {
          const wake = ticket.park();
          const told: ResponseHandler = {
            head(answer) {
              wake();
              handler.head(answer);
            },
            data: (chunk) => handler.data(chunk),
            end: (trailers) => handler.end(trailers),
            fail(failure) {
              wake();
              handler.fail(failure);
            },
          };
          const exchange = opened.request(head, body, told);
          const awake: Exchange = {
            resume: () => exchange.resume(),
            abort() {
              wake();
              exchange.abort();
            },
          };
          return awake;
        },
      }
    : opened;
