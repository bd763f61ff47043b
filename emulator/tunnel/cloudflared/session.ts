import { type ClientHttp2Session, connect } from 'node:http2';
import type { TLSSocket } from 'node:tls';

/** What the edge takes in on one stream before it is read: as our own connectors' protocol. */
const STREAM_WINDOW = 256 * 1024;
/** And on all streams of a connection together; what is on its way, not what waits, counts here. */
const CONNECTION_WINDOW = 16 * 1024 * 1024;
/**
 * Megabytes that Node may keep for one session. Its default of 10 dies under 50 parallel bodies of 1 MiB
 * (docs/reference/cloudflared-wire.md 2); the windows of all streams that may be open together need less than this.
 */
const SESSION_MEMORY = 1024;
/** Bytes of headers, in either direction. */
const MAX_HEADER_LIST = 1024 * 1024;

export interface SessionListener {
  goaway(): void;
  /** Why it will close. */
  failed(reason: string): void;
  closed(): void;
}

/** HTTP/2 on a connection that was accepted: the edge is the client, the connector the server. */
export function openSession(socket: TLSSocket, listener: SessionListener): ClientHttp2Session {
  const session = connect('http://edge', {
    createConnection: () => socket,
    maxSessionMemory: SESSION_MEMORY,
    maxSendHeaderBlockLength: MAX_HEADER_LIST,
    settings: { enablePush: false, initialWindowSize: STREAM_WINDOW, maxHeaderListSize: MAX_HEADER_LIST },
  });
  session.on('connect', () => session.setLocalWindowSize(CONNECTION_WINDOW));
  session.on('goaway', () => listener.goaway());
  session.on('error', (error) => listener.failed(error.message));
  session.on('close', () => listener.closed());
  socket.on('error', (error) => listener.failed(error.message));
  return session;
}
