import { type Duplex, PassThrough, type Readable } from 'node:stream';
import type WebSocket from 'ws';
import { FrameType, ProtocolError } from '../../../protocol/frames.js';
import {
  decodeConfigAck,
  decodeGoaway,
  decodeLocalConfig,
  decodeRegister,
  encodeJson,
  type HeadMessage,
  type OpenMessage,
  type RegisterMessage,
  ResetCause,
  type ResetMessage,
} from '../../../protocol/messages.js';
import { Session } from '../../../protocol/session.js';
import type { ProtocolStream, StreamHandler } from '../../../protocol/stream.js';
import type { Deadline, Deadlines } from '../../../runtime/deadlines.js';
import type { TunnelConfiguration } from '../../state/objects.js';
import {
  type Connection,
  type Exchange,
  type Failure,
  FailureError,
  type RequestHead,
  type ResponseHandler,
  type UpgradeResult,
} from '../connection.js';
import { localConfigurationOf } from '../local-configuration.js';
import { saidBy } from '../said-by.js';
import { StreamDuplex } from './duplex.js';
import { StreamExchange } from './exchange.js';
import { failureOf } from './failures.js';

/** Milliseconds without any message after which the edge asks whether the connector is still there. */
const HEARTBEAT_AFTER = 20_000;
/** Milliseconds it may then take to answer. */
const HEARTBEAT_GRACE = 10_000;
/** Milliseconds a connector has to say who it is. */
const REGISTER_WITHIN = 10_000;

export interface WebSocketConnectionOptions {
  readonly id: string;
  readonly tunnelId: string;
  readonly originIp: string;
  readonly openedAt: number;
  readonly socket: WebSocket;
  readonly deadlines: Deadlines;
  /** Called once, with the connector's first frame: gives the data center's code, or refuses. */
  readonly register: (message: RegisterMessage) => RegistrationAnswer;
  /** Called once the connector knows that it is registered. */
  readonly onRegistered: (connection: WebSocketConnection) => void;
  /** Called when the connector says that it takes nothing new. */
  readonly onLeaving: (connection: WebSocketConnection) => void;
  readonly onClosed: (connection: WebSocketConnection, reason: string) => void;
  readonly onError: (error: unknown) => void;
}

export type RegistrationAnswer =
  | {
      readonly ok: true;
      readonly dataCenter: string;
      readonly configSource: 'local' | 'cloudflare';
      /** The tunnel's name. */
      readonly tunnel: string;
    }
  | { readonly ok: false; readonly reason: string; readonly retry: boolean };

/** A connection of our own connector: frames over a WebSocket. */
export class WebSocketConnection implements Connection {
  readonly id: string;
  readonly tunnelId: string;
  readonly originIp: string;
  readonly openedAt: number;
  readonly capabilities = { upgrade: true, tcp: true } as const;
  connectorId = '';
  index = 0;
  dataCenter = '';
  version = '';
  location?: string;
  configVersion = 0;
  localConfiguration?: TunnelConfiguration;

  private readonly session: Session;
  private readonly pushes = new Map<number, { resolve(version: number): void; reject(error: Error): void }>();
  private pushed = 0;
  /** It was, even if it is closed by now. */
  registered = false;
  /** The connector answered the first configuration it was pushed. */
  private configured = false;
  leaving = false;
  private heartbeat: Deadline;
  private reason = '';
  private whenIdle: (() => void) | undefined;

  constructor(private readonly options: WebSocketConnectionOptions) {
    this.id = options.id;
    this.tunnelId = options.tunnelId;
    this.originIp = options.originIp;
    this.openedAt = options.openedAt;
    const socket = options.socket;
    this.session = new Session(
      'edge',
      {
        send: (message) => socket.send(message, SEND_OPTIONS),
        close: (reason) => {
          this.reason ||= reason;
          socket.close(1000, closeReason(reason));
        },
        defer: setImmediate,
      },
      {
        control: (type, payload) => this.control(type, payload),
        idle: () => this.whenIdle?.(),
        failed: options.onError,
      },
    );
    this.heartbeat = options.deadlines.after(REGISTER_WITHIN, () => this.close('no REGISTER in time'));
    socket.on('message', (data, isBinary) => this.receive(data as Buffer, isBinary));
    socket.on('pong', () => this.alive());
    socket.on('ping', () => this.alive());
    socket.on('error', (error) => {
      this.reason ||= error.message;
    });
    socket.on('close', (_code, reason) => this.ended(reason.toString()));
  }

  get accepting(): boolean {
    return this.configured && !this.leaving && !this.session.closed && !this.full;
  }

  get full(): boolean {
    return this.session.size >= this.session.limits.streams;
  }

  get open(): number {
    return this.session.size;
  }

  request(head: RequestHead, body: Readable | null, handler: ResponseHandler): Exchange {
    const exchange = new StreamExchange(body, handler, this.connectorId);
    if (this.session.closed) {
      queueMicrotask(() => handler.fail(gone(this.reason)));
      return exchange;
    }
    exchange.start(this.session.open(openMessage('http', head), exchange));
    return exchange;
  }

  upgrade(head: RequestHead, signal: AbortSignal): Promise<UpgradeResult> {
    return this.openDuplex<UpgradeResult>(openMessage('upgrade', head), signal, (answer, stream, duplex) => {
      if (answer.status === 101) return { accepted: true, head: answer, stream: duplex };
      const body = new PassThrough();
      // As on the stream itself: nobody may be listening yet.
      body.on('error', () => undefined);
      duplex.pipe(body);
      duplex.on('error', (error) => body.destroy(error));
      body.on('close', () => duplex.destroy());
      stream.end();
      return { accepted: false, head: answer, body };
    });
  }

  dial(ip: string, port: number, signal: AbortSignal): Promise<Duplex> {
    return this.openDuplex<Duplex>({ kind: 'tcp', ip, port }, signal, (_answer, _stream, duplex) => duplex);
  }

  /** Opens a stream whose answer decides what it becomes. */
  private openDuplex<T>(
    message: OpenMessage,
    signal: AbortSignal,
    answered: (head: HeadMessage, stream: ProtocolStream, duplex: StreamDuplex) => T,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.session.closed) {
        reject(new FailureError(gone(this.reason)));
        return;
      }
      let duplex: StreamDuplex | undefined;
      const cancel = (): void => {
        if (duplex) return;
        stream.reset(ResetCause.CANCELLED, 'given up');
        reject(new FailureError({ kind: 'aborted', detail: 'given up before the connector answered', unsent: true }));
      };
      const handler: StreamHandler = {
        head: (head) => {
          signal.removeEventListener('abort', cancel);
          duplex = new StreamDuplex(stream, this.connectorId);
          const { detail } = head;
          const said = detail === undefined ? head : { ...head, detail: saidBy(this.connectorId, detail) };
          resolve(answered(said, stream, duplex));
        },
        data: (chunk) => duplex?.receive(chunk),
        end: () => duplex?.receiveEnd(),
        drain: () => duplex?.drained(),
        reset: (reset: ResetMessage) => {
          signal.removeEventListener('abort', cancel);
          if (duplex) duplex.receiveReset(reset);
          else reject(new FailureError(failureOf(reset, this.connectorId)));
        },
      };
      const stream = this.session.open(message, handler);
      if (signal.aborted) cancel();
      else signal.addEventListener('abort', cancel, { once: true });
    });
  }

  configure(version: number, config: TunnelConfiguration | null, networks: readonly string[]): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.session.closed) {
        reject(new Error('the connection is closed'));
        return;
      }
      const serial = ++this.pushed;
      this.pushes.set(serial, { resolve, reject });
      this.session.send(FrameType.CONFIG, 0, encodeJson({ serial, version, config, networks }));
    });
  }

  /** Tells the connector to leave; what is open may finish. */
  goAway(reason: string, retry: boolean): void {
    this.leaving = true;
    this.session.send(FrameType.GOAWAY, 0, encodeJson({ reason, retry }));
    this.session.flush();
  }

  /** Calls `listener` whenever the last open stream ends. */
  onIdle(listener: () => void): void {
    this.whenIdle = listener;
  }

  redial(reason: string): void {
    this.reason ||= reason;
    this.goAway(reason, true);
    if (this.session.size === 0) this.close(reason);
    else this.onIdle(() => this.close(reason));
  }

  close(reason: string): void {
    this.reason ||= reason;
    this.session.close(reason);
  }

  /** Ends the socket at once, for a peer that does not answer. */
  terminate(reason: string): void {
    this.reason ||= reason;
    this.options.socket.terminate();
  }

  private receive(message: Buffer, isBinary: boolean): void {
    this.alive();
    if (!isBinary) {
      this.close('protocol error: text message');
      return;
    }
    try {
      this.session.receive(message);
    } catch (error) {
      // A mistake of ours in handling one connection's message must not end the process and all the others with it.
      this.close('internal error');
      this.options.onError(error);
    }
  }

  private alive(): void {
    // Until it has registered, a connector's messages buy it no time.
    if (this.registered) this.heartbeat.refresh();
  }

  private beat(): void {
    this.heartbeat = this.options.deadlines.after(HEARTBEAT_AFTER, () => {
      const patience = this.options.deadlines.after(HEARTBEAT_GRACE, () =>
        this.terminate(`no sign of life for ${(HEARTBEAT_AFTER + HEARTBEAT_GRACE) / 1000} s`),
      );
      const answered = (): void => {
        patience.cancel();
        this.beat();
      };
      this.heartbeat = { cancel: () => patience.cancel(), refresh: answered };
      this.options.socket.ping();
    });
  }

  private control(type: FrameType, payload: Buffer): void {
    if (!this.registered) {
      if (type !== FrameType.REGISTER) throw new ProtocolError('the first frame must be REGISTER');
      this.register(decodeRegister(payload));
      return;
    }
    switch (type) {
      case FrameType.CONFIG_ACK: {
        const ack = decodeConfigAck(payload);
        const push = this.pushes.get(ack.serial);
        this.pushes.delete(ack.serial);
        this.configured = true;
        this.configVersion = ack.version;
        if (ack.error === undefined) push?.resolve(ack.version);
        else push?.reject(new Error(ack.error));
        return;
      }
      case FrameType.GOAWAY:
        decodeGoaway(payload);
        this.leaving = true;
        this.options.onLeaving(this);
        return;
      case FrameType.LOCAL_CONFIG:
        this.localConfiguration = localConfigurationOf(decodeLocalConfig(payload));
        return;
      default:
        throw new ProtocolError(`frame of type ${type} from a connector`);
    }
  }

  private register(message: RegisterMessage): void {
    this.heartbeat.cancel();
    this.connectorId = message.connector_id;
    this.index = message.index;
    this.version = message.version;
    if (message.location !== undefined) this.location = message.location;
    const answer = this.options.register(message);
    if (!answer.ok) {
      this.goAway(answer.reason, answer.retry);
      this.close(answer.reason);
      return;
    }
    this.registered = true;
    this.dataCenter = answer.dataCenter;
    this.session.send(
      FrameType.REGISTERED,
      0,
      encodeJson({
        connection_id: this.id,
        data_center: answer.dataCenter,
        config_src: answer.configSource,
        tunnel: answer.tunnel,
      }),
    );
    this.beat();
    this.options.onRegistered(this);
  }

  private ended(reason: string): void {
    this.heartbeat.cancel();
    const why = this.reason || reason || 'the connector closed the connection';
    this.reason = why;
    this.session.lost(why);
    for (const push of this.pushes.values()) push.reject(new Error(why));
    this.pushes.clear();
    this.options.onClosed(this, why);
  }
}

const SEND_OPTIONS = { binary: true, compress: false } as const;

function openMessage(kind: 'http' | 'upgrade', head: RequestHead): OpenMessage {
  return {
    kind,
    method: head.method,
    path: head.path,
    scheme: head.scheme,
    authority: head.authority,
    headers: head.headers,
  };
}

function gone(reason: string): Failure {
  return { kind: 'lost', detail: reason || 'the connection is closed', unsent: true };
}

/** A WebSocket close frame holds 123 bytes of reason. */
function closeReason(reason: string): string {
  return Buffer.from(reason)
    .subarray(0, 120)
    .toString('utf8')
    .replace(/\uFFFD$/, '');
}
