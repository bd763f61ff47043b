import { createServer, type SecureContext, type Server, type TLSSocket } from 'node:tls';
import { messageOf } from '../../../runtime/errors.js';

/** The names under which cloudflared knows an edge (docs/reference/cloudflared-wire.md 2). */
export const SERVER_NAMES = ['h2.cftunnel.com', 'quic.cftunnel.com', 'probe.cftunnel.com'] as const;

/** Connections that may be open at once on one address: 250 connectors with four each. */
const MAX_SOCKETS = 1_000;
/** Milliseconds for the TLS handshake. */
const HANDSHAKE_WITHIN = 10_000;

export interface TlsListener {
  /** The certificate with {@link SERVER_NAMES}; asked for at each handshake, so that it can be made at the first. */
  readonly secureContext: () => Promise<SecureContext>;
  readonly onSecure: (socket: TLSSocket) => void;
  /** Whoever dialled does not speak TLS, does not trust the certificate, or asks for no name. */
  readonly onFailed: (address: string, reason: string) => void;
}

/** A listener that has the one certificate for every name; cloudflared offers no ALPN and none is asked for. */
export function createTlsServer({ secureContext, onSecure, onFailed }: TlsListener): Server {
  const server = createServer({
    minVersion: 'TLSv1.2',
    handshakeTimeout: HANDSHAKE_WITHIN,
    noDelay: true,
    SNICallback: (_name, done) => {
      secureContext().then(
        (context) => done(null, context),
        (error: unknown) => done(error instanceof Error ? error : new Error(messageOf(error))),
      );
    },
  });
  server.maxConnections = MAX_SOCKETS;
  server.on('connection', (socket) => socket.on('error', () => socket.destroy()));
  server.on('secureConnection', onSecure);
  server.on('tlsClientError', (error, socket) => {
    onFailed(socket.remoteAddress ?? '', messageOf(error));
    socket.destroy();
  });
  return server;
}

/** OpenSSL's words for the mistake that is made most, in ours. */
export function explained(reason: string): string {
  if (!/alert (bad certificate|unknown ca|certificate unknown)/i.test(reason)) return reason;
  return "it does not trust this edge's certificate: start it with --cacert and what `colocal ca` prints now";
}
