import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Ends a stream so that its other side sees that the exchange is not complete. */
export function resetStream(stream: Duplex): void {
  // What is not TCP's own, such as TLS, unix sockets and streams in a tunnel, has no reset of TCP to send.
  if (!(stream instanceof Socket) || 'encrypted' in stream || stream.remoteFamily === undefined) stream.destroy();
  else stream.resetAndDestroy();
}
