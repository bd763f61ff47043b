import type { ClientResponse } from './exchange.js';

/**
 * The way back to a client that reads nothing, and only waits for the end.
 *
 * @param onEnd called once, however it ends
 * @param stop the client goes away
 */
export function unreadResponse(onEnd: () => void, stop?: AbortSignal): ClientResponse {
  let headSent = false;
  return {
    continue: () => undefined,
    head: () => {
      headSent = true;
    },
    write: () => true,
    end: onEnd,
    destroy: onEnd,
    onDrain: () => undefined,
    onClose(listener) {
      const gone = (): void => {
        listener();
        onEnd();
      };
      if (stop?.aborted) queueMicrotask(gone);
      else stop?.addEventListener('abort', gone, { once: true });
    },
    get headSent() {
      return headSent;
    },
  };
}
