import { isIP, connect as netConnect, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { ResetCause } from '../../protocol/messages.js';
import type { Deadlines } from '../../runtime/deadlines.js';

export interface DialTarget {
  readonly host: string;
  readonly port: number;
  /** Milliseconds for the TCP connection. */
  readonly connectTimeout: number;
  /** Keep sending after the other side has ended: byte streams need it, requests do not. */
  readonly halfOpen: boolean;
  readonly tls?: DialTls;
}

export interface DialTls {
  /** Milliseconds for the handshake. */
  readonly timeout: number;
  /** The name to ask for and to check the certificate against. */
  readonly serverName: string;
  readonly verify: boolean;
}

/** A connection that never came about, so that nothing was sent over it. */
export class DialError extends Error {
  override readonly name = 'DialError';
  constructor(
    readonly reset: ResetCause,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Seconds between TCP keep-alive probes: cloudflared's default (docs/reference/api.md 5.3). */
const TCP_KEEP_ALIVE = 30_000;
/** As much per read as four DATA frames carry. */
const READ_BYTES = 64 * 1024;

/** Opens a TCP or TLS connection within its deadlines. Returns how to give it up; `done` is not called after that. */
export function dial(
  target: DialTarget,
  deadlines: Deadlines,
  done: (...result: [error: null, socket: Socket] | [error: DialError, socket: null]) => void,
): () => void {
  const { tls } = target;
  let phase: 'tcp' | 'tls' | 'over' = 'tcp';
  const options = {
    host: target.host,
    port: target.port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: TCP_KEEP_ALIVE,
    allowHalfOpen: target.halfOpen,
    highWaterMark: READ_BYTES,
  };
  const socket = tls
    ? tlsConnect({
        ...options,
        // Server name indication carries names only, never addresses (RFC 6066 section 3).
        servername: isIP(tls.serverName) === 0 ? tls.serverName : '',
        rejectUnauthorized: tls.verify,
        ALPNProtocols: ['http/1.1'],
      })
    : netConnect(options);
  const where = `${target.host}:${target.port}`;

  const fail = (error: DialError): void => {
    if (phase === 'over') return;
    phase = 'over';
    deadline.cancel();
    socket.destroy();
    done(error, null);
  };
  const succeed = (): void => {
    if (phase === 'over') return;
    phase = 'over';
    deadline.cancel();
    socket.off('error', failed).off('close', closed);
    done(null, socket);
  };
  const failed = (error: NodeJS.ErrnoException): void => fail(dialError(phase, where, error));
  const closed = (): void =>
    fail(new DialError(phase === 'tls' ? ResetCause.TLS : ResetCause.REFUSED, `${where} closed the connection`));

  let deadline = deadlines.after(target.connectTimeout, () => {
    fail(new DialError(ResetCause.TIMEOUT, `${where} did not accept a connection within ${target.connectTimeout} ms`));
  });
  socket.on('error', failed).on('close', closed);
  socket.once('connect', () => {
    if (!tls) return succeed();
    phase = 'tls';
    deadline.cancel();
    deadline = deadlines.after(tls.timeout, () => {
      fail(new DialError(ResetCause.TLS, `${where} did not finish the TLS handshake within ${tls.timeout} ms`));
    });
  });
  if (tls) socket.once('secureConnect', succeed);
  return () => {
    if (phase === 'over') return;
    phase = 'over';
    deadline.cancel();
    socket.destroy();
  };
}

/** Handshakes that broke; whatever else fails during one is a certificate that was not accepted. */
const HANDSHAKE = /^(ERR_SSL|EPROTO|ECONN|EPIPE|ETIMEDOUT)/;

function dialError(phase: 'tcp' | 'tls' | 'over', where: string, error: NodeJS.ErrnoException): DialError {
  const code = error.code ?? '';
  if (phase === 'tls') {
    if (HANDSHAKE.test(code))
      return new DialError(ResetCause.TLS, `the TLS handshake with ${where} failed: ${error.message}`, {
        cause: error,
      });
    return new DialError(ResetCause.CERTIFICATE, `the certificate of ${where} is not accepted: ${error.message}`, {
      cause: error,
    });
  }
  const reason = `connecting to ${where} failed: ${code || error.message}`;
  return new DialError(tcpCause(code), reason, { cause: error });
}

function tcpCause(code: string): ResetCause {
  switch (code) {
    case 'ECONNREFUSED':
    case 'ECONNRESET':
      return ResetCause.REFUSED;
    case 'ETIMEDOUT':
      return ResetCause.TIMEOUT;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_FAIL':
    case 'EAI_NODATA':
    case 'EAI_NONAME':
      return ResetCause.DNS;
    default:
      return ResetCause.UNREACHABLE;
  }
}
