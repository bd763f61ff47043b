import type { Socket } from 'node:net';
import { buildConnector } from 'undici';
import type { Deadlines } from '../../runtime/deadlines.js';
import type { Detour } from '../../runtime/detour.js';
import { type Connection, FailureError } from '../tunnel/connection.js';
import { failureOfError } from './dial-failure.js';

/** Where an upstream leads. Equal keys share their connections. */
export interface UpstreamKey {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  /** Server name for TLS: the request's host, unless the endpoint overrides it. */
  readonly serverName: string;
  /** Whether the origin's certificate must be valid (ssl mode `strict`). */
  readonly verify: boolean;
  /** The tunnel's connection to dial through; absent: dialled from here. */
  readonly via?: Connection;
}

/** Opens a connection as undici asks for one. Returns how to give it up; `done` is not called after that. */
export type Dial = (options: buildConnector.Options, done: buildConnector.Callback) => () => void;

/**
 * Dials plain or TLS, from here or through the tunnel.
 *
 * @param timeout milliseconds for the connection, and again for the handshake on it
 * @param detour where dials from here really lead
 */
export function dialer(key: UpstreamKey, timeout: number, deadlines: Deadlines, detour?: Detour): Dial {
  const tls = key.secure ? { rejectUnauthorized: key.verify, servername: key.serverName } : {};
  // undici would keep time by itself: 0 turns that off.
  const connect = buildConnector({ timeout: 0, ...tls }) as UndiciConnector;
  return (options, done) => {
    const elsewhere = key.via ? undefined : detour?.(key.host, key.port);
    const to = elsewhere ? { ...options, hostname: elsewhere.host, port: String(elsewhere.port) } : options;
    const opener: SocketOpener = (over, opened) => connect(over ? { ...to, httpSocket: over } : to, opened);
    return new Dialling(key, timeout, deadlines, done).start(opener);
  };
}

/** undici's connector gives the socket back at once; its types leave that out. */
type UndiciConnector = (options: buildConnector.Options, done: buildConnector.Callback) => Socket;

/** Opens a socket to the origin, or TLS over one that stands; gives it back at once, and calls back when it can be used. */
export type SocketOpener = (over: Socket | undefined, done: buildConnector.Callback) => Socket;

/** How far a connection has come: TCP stands and TLS begins, or all of it stands. */
export type DialPhase = 'handshake' | 'connected';

/** One connection on its way. */
export class Dialling {
  private phase: 'connecting' | 'handshake' | 'over' = 'connecting';
  private socket: Socket | undefined;
  private readonly patience = new AbortController();
  private readonly deadline;

  constructor(
    private readonly key: UpstreamKey,
    private readonly timeout: number,
    deadlines: Deadlines,
    private readonly done: buildConnector.Callback,
    private readonly onPhase: (phase: DialPhase) => void = () => undefined,
  ) {
    this.deadline = deadlines.after(timeout, () => this.timedOut());
  }

  start(opener: SocketOpener): () => void {
    const { via, host, port } = this.key;
    if (!via) this.open(opener, undefined);
    else {
      via.dial(host, port, this.patience.signal).then(
        (stream) => this.dialled(opener, stream as Socket),
        (error: unknown) => this.fail(error),
      );
    }
    return () => this.giveUp();
  }

  /** The connector has dialled; what follows is bytes both ways. */
  private dialled(opener: SocketOpener, stream: Socket): void {
    if (this.phase === 'over') stream.destroy();
    else if (this.key.secure) {
      this.handshake();
      // A tunnel that breaks is not the origin's failure: its own error says so, and TLS would hide it.
      stream.once('error', (error) => this.fail(error));
      this.open(opener, stream);
    } else this.succeed(stream);
  }

  private open(opener: SocketOpener, over: Socket | undefined): void {
    const socket = opener(over, (error, connected) => {
      if (error) this.fail(error);
      else this.succeed(connected);
    });
    this.socket = socket;
    if (this.key.secure && !over) socket.once('connect', () => this.handshake());
  }

  private handshake(): void {
    if (this.phase !== 'connecting') return;
    this.phase = 'handshake';
    this.deadline.refresh();
    this.onPhase('handshake');
  }

  private succeed(socket: Socket): void {
    if (this.phase === 'over') {
      socket.destroy();
      return;
    }
    this.end();
    this.onPhase('connected');
    this.done(null, socket);
  }

  private fail(error: unknown): void {
    if (this.phase === 'over') return;
    const failure = this.phase === 'handshake' ? handshakeFailure(error) : error;
    this.end();
    this.done(failure as Error, null);
  }

  private timedOut(): void {
    const { host, port } = this.key;
    const what = this.phase === 'handshake' ? 'did not finish the TLS handshake' : 'did not answer';
    const detail = `${host}:${port} ${what} within ${this.timeout / 1000} s`;
    const kind = this.phase === 'handshake' ? 'tls' : 'timeout';
    this.giveUp();
    this.done(new FailureError({ kind, detail, unsent: true }), null);
  }

  private giveUp(): void {
    if (this.phase === 'over') return;
    this.end();
    this.patience.abort();
    this.socket?.destroy();
  }

  private end(): void {
    this.phase = 'over';
    this.deadline.cancel();
  }
}

/** Whatever breaks a handshake, other than the certificate and the tunnel it goes through, is the handshake's failure (error 525). */
function handshakeFailure(error: unknown): Error {
  if (error instanceof FailureError) return error;
  const failure = failureOfError(error);
  if (failure.kind === 'certificate') return new FailureError(failure);
  return new FailureError({ ...failure, kind: 'tls', unsent: true }, { cause: error });
}
