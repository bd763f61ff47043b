import { isIP, connect as netConnect, type Socket } from 'node:net';
import { checkServerIdentity, type SecureContext, connect as tlsConnect } from 'node:tls';
import { ResetCause } from '../../protocol/messages.js';
import type { Deadlines } from '../../runtime/deadlines.js';
import type { DetourTarget } from '../../runtime/detour.js';

export interface DialTarget {
  readonly host: string;
  readonly port: number;
  /** A unix socket, dialled in place of host and port. */
  readonly socketPath?: string;
  /** Dialled in place of host and port, which messages name all the same. */
  readonly elsewhere?: DetourTarget | undefined;
  /** Milliseconds for the TCP connection. */
  readonly connectTimeout: number;
  /** Keep sending after the other side has ended: byte streams need it, requests do not. */
  readonly halfOpen: boolean;
  /** Milliseconds between TCP keep-alive probes. Default 30000, as cloudflared's (docs/reference/api.md 5.3). */
  readonly tcpKeepAlive?: number;
  /** Try the addresses of a name one after the other. Default false. */
  readonly noHappyEyeballs?: boolean;
  readonly tls?: DialTls;
}

export interface DialTls {
  /** Milliseconds for the handshake. */
  readonly timeout: number;
  /** The name to ask for and to check the certificate against. */
  readonly serverName: string;
  readonly verify: boolean;
  /** Offer HTTP/2 too; `alpnProtocol` of the socket says what was taken. Default false. */
  readonly http2?: boolean;
  /** Whom to trust. Absent: Node's authorities. */
  readonly context?: SecureContext;
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
    ...(target.socketPath === undefined
      ? { host: target.host, port: target.port, ...target.elsewhere }
      : { path: target.socketPath }),
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: target.tcpKeepAlive ?? TCP_KEEP_ALIVE,
    // An address has as long as all of them together: the next is tried when it fails, not when it is slow.
    ...(target.noHappyEyeballs
      ? { autoSelectFamilyAttemptTimeout: Math.max(10, Math.ceil(target.connectTimeout)) }
      : {}),
    allowHalfOpen: target.halfOpen,
    highWaterMark: READ_BYTES,
  };
  const socket = tls
    ? tlsConnect({
        ...options,
        // Server name indication carries names only, never addresses (RFC 6066 section 3).
        servername: isIP(tls.serverName) === 0 ? tls.serverName : '',
        rejectUnauthorized: tls.verify,
        checkServerIdentity: (_, certificate) => checkServerIdentity(tls.serverName, certificate),
        ALPNProtocols: tls.http2 ? ['h2', 'http/1.1'] : ['http/1.1'],
        ...(tls.context ? { secureContext: tls.context } : {}),
      })
    : netConnect(options);
  const where = target.socketPath ?? `${target.host}:${target.port}`;

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
    // Nobody has made the unix socket.
    case 'ENOENT':
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
