import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { FrameType, MAX_MESSAGE_BYTES, ProtocolError } from '../../protocol/frames.js';
import {
  decodeConfig,
  decodeGoaway,
  decodeRegistered,
  encodeJson,
  type RegisteredMessage,
  type RegisterMessage,
  SUBPROTOCOL,
} from '../../protocol/messages.js';
import { Session } from '../../protocol/session.js';
import type { Deadline, Deadlines } from '../../runtime/deadlines.js';
import type { Configuration } from '../configuration/configuration.js';
import type { ConnectionState, ConnectionStatus, Log } from '../connector.types.js';
import type { Streams } from '../streams.js';
import type { Backoff } from './backoff.js';
import { Heartbeat } from './heartbeat.js';
import { type Refusal, readRefusal } from './refusal.js';
import { closeSocket, SocketTransport } from './socket-transport.js';

/** For the WebSocket handshake and the registration together, in milliseconds. */
const HANDSHAKE = 10_000;

export interface ConnectionOptions {
  readonly url: string;
  readonly token: string;
  readonly register: RegisterMessage;
  readonly maskPayload: boolean;
  readonly configuration: Configuration;
  readonly streams: Streams;
  /** The connector's own configuration document, for an edge that leaves it to the connector. */
  readonly localConfig: unknown;
  readonly deadlines: Deadlines;
  readonly backoff: Backoff;
  readonly log: Log;
}

export interface ConnectionEvents {
  /** Called before anything that the edge sends after it is looked at. */
  registered(registration: RegisteredMessage): void;
  /** A registered connection is gone; it is dialled again unless it was told to leave. */
  lost(): void;
  /** The edge refuses for good. */
  refused(refusal: Refusal): void;
}

/**
 * One of the connector's connections to the edge, dialled again for as long as it is not told to leave.
 *
 *     waiting -> connecting -> connected -> leaving -> closed
 *        ^           |             |           |
 *        +-----------+-------------+-----------+   lost: after a delay
 */
export class EdgeConnection {
  private state: ConnectionState = 'waiting';
  private dataCenter: string | undefined;
  private webSocket: WebSocket | undefined;
  private session: Session | undefined;
  private registration: RegisteredMessage | undefined;
  private heartbeat: Heartbeat | undefined;
  private pause: Deadline | undefined;
  private handshake: Deadline | undefined;
  /** Nothing is dialled any more. */
  private departing = false;
  /** What ended the connection, as far as it is known. */
  private trouble = '';
  private pings = 0;
  private awaitedPong: { readonly mark: string; readonly resolve: () => void } | undefined;
  /** Run once, when no stream is open. */
  private onIdle: (() => void) | undefined;
  private onClosed: (() => void)[] = [];

  constructor(
    private readonly options: ConnectionOptions,
    private readonly events: ConnectionEvents,
  ) {}

  get status(): ConnectionStatus {
    const { index } = this.options.register;
    return { index, state: this.state, ...(this.dataCenter === undefined ? {} : { dataCenter: this.dataCenter }) };
  }

  /** Dials the edge, unless that is under way. */
  connect(): void {
    if (this.departing || this.state !== 'waiting') return;
    this.pause?.cancel();
    this.state = 'connecting';
    this.trouble = '';
    const { url, token, maskPayload, deadlines } = this.options;
    const webSocket = new WebSocket(url, [SUBPROTOCOL], {
      headers: { Authorization: `Bearer ${token}` },
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE_BYTES,
      skipUTF8Validation: true,
      ...(maskPayload ? {} : { generateMask: zeroMask }),
    });
    this.webSocket = webSocket;
    let socket: Socket | undefined;
    this.handshake = deadlines.after(HANDSHAKE, () => {
      this.trouble = `the edge did not answer within ${HANDSHAKE} ms`;
      webSocket.terminate();
    });
    webSocket.on('upgrade', (response) => {
      socket = response.socket;
    });
    webSocket.on('open', () => {
      if (socket) this.opened(webSocket, socket);
    });
    webSocket.on('message', (message: Buffer, binary) => this.received(message, binary));
    webSocket.on('pong', (mark) => {
      this.heartbeat?.heard();
      if (mark.toString() === this.awaitedPong?.mark) this.awaitedPong.resolve();
    });
    webSocket.on('ping', () => this.heartbeat?.heard());
    webSocket.on('unexpected-response', (_, response) => {
      void readRefusal(response).then((refusal) => {
        this.trouble = refusal.code === undefined ? refusal.reason : `${refusal.reason} (${refusal.code})`;
        webSocket.terminate();
        if (!refusal.retry && !this.departing) this.events.refused(refusal);
      });
    });
    webSocket.on('error', (error) => {
      // An aborted handshake reports itself; the reason we aborted it for is the better one.
      if (this.trouble === '') this.trouble = error.message || String(error);
    });
    webSocket.on('close', (_, reason) => {
      this.gone(this.trouble || reason.toString('utf8') || 'the edge closed the connection');
    });
  }

  /** Takes nothing new; resolves when what is open is done, or the connection is gone. */
  async leave(reason: string): Promise<void> {
    this.departing = true;
    this.pause?.cancel();
    const { session } = this;
    if (!session || !this.registration) return;
    this.state = 'leaving';
    session.send(FrameType.GOAWAY, 0, encodeJson({ reason, retry: false }));
    session.flush();
    // The edge may have opened streams before it read this. A pong says that it has; its last batch may still
    // wait for the end of that turn, so it is followed by another.
    await this.pong();
    await this.pong();
    if (session.size > 0 && !session.closed) {
      await new Promise<void>((resolve) => {
        this.onIdle = resolve;
      });
    }
  }

  /** Ends the connection for good. Resolves when its socket is closed. */
  async stop(reason: string): Promise<void> {
    this.departing = true;
    this.pause?.cancel();
    const { session, webSocket } = this;
    if (!webSocket || webSocket.readyState === webSocket.CLOSED) {
      this.state = 'closed';
      return;
    }
    const closed = new Promise<void>((resolve) => this.onClosed.push(resolve));
    if (session && !session.closed) session.close(reason);
    else if (webSocket.readyState === webSocket.CONNECTING) webSocket.terminate();
    else closeSocket(webSocket, reason, this.options.deadlines);
    await closed;
  }

  private opened(webSocket: WebSocket, socket: Socket): void {
    const { streams, deadlines, register } = this.options;
    const session = new Session('connector', new SocketTransport(webSocket, socket, deadlines, () => this.settle()), {
      open: (stream, message) => {
        if (!this.registration) throw new ProtocolError('OPEN before REGISTERED');
        return streams.open(stream, message);
      },
      control: (type, payload) => this.control(type, payload),
      violation: (error) => {
        this.trouble = error.message;
      },
      failed: (error) =>
        this.options.log.error(
          { index: this.options.register.index, err: error },
          'a stream could not be ended properly',
        ),
    });
    this.session = session;
    this.heartbeat = new Heartbeat(
      deadlines,
      () => webSocket.ping(),
      () => {
        this.trouble = 'the edge fell silent';
        webSocket.terminate();
      },
    );
    session.send(FrameType.REGISTER, 0, encodeJson(register));
    session.flush();
  }

  private received(message: Buffer, binary: boolean): void {
    this.heartbeat?.heard();
    if (!binary) {
      this.session?.close('protocol error: a text message');
      return;
    }
    try {
      this.session?.receive(message);
      this.options.streams.messageRead();
    } catch (error) {
      // A mistake of ours in handling one connection's message must not end the connector and its other connections.
      const { log, register } = this.options;
      log.error({ index: register.index, err: error }, 'an internal error ends a connection to the edge');
      this.trouble = 'internal error';
      this.session?.close('internal error');
    }
    this.settle();
  }

  private control(type: FrameType, payload: Buffer): void {
    switch (type) {
      case FrameType.REGISTERED:
        this.registered(decodeRegistered(payload));
        return;
      case FrameType.CONFIG:
        this.configure(payload);
        return;
      case FrameType.GOAWAY: {
        const { reason, retry } = decodeGoaway(payload);
        this.trouble = reason;
        // The edge closes once its open requests are done; until then there is nothing to do here.
        if (retry) this.leaving();
        else this.events.refused({ reason, retry });
        return;
      }
      default:
        throw new ProtocolError(`frame of type ${type} from the edge`);
    }
  }

  private registered(registration: RegisteredMessage): void {
    if (this.registration) throw new ProtocolError('REGISTERED twice');
    const { options } = this;
    this.registration = registration;
    this.handshake?.cancel();
    this.dataCenter = registration.data_center;
    this.state = 'connected';
    options.backoff.reset();
    this.events.registered(registration);
    const { index } = options.register;
    options.log.info(
      { index, dataCenter: registration.data_center, connection: registration.connection_id },
      'connected to the edge',
    );
    // One report is enough, and the first connection makes it, as cloudflared's does (docs/reference/api.md 5.4).
    if (registration.config_src === 'local' && index === 0 && options.localConfig !== undefined) {
      this.session?.send(FrameType.LOCAL_CONFIG, 0, encodeJson({ config: options.localConfig }));
    }
  }

  private leaving(): void {
    if (this.state === 'connected') this.state = 'leaving';
  }

  private configure(payload: Buffer): void {
    const { registration, session } = this;
    if (!registration) throw new ProtocolError('CONFIG before REGISTERED');
    const message = decodeConfig(payload);
    void this.options.configuration.apply(message).then((result) => {
      session?.send(FrameType.CONFIG_ACK, 0, encodeJson({ serial: message.serial, ...result }));
    });
  }

  private gone(reason: string): void {
    const { options, registration } = this;
    this.handshake?.cancel();
    this.heartbeat?.stop();
    this.heartbeat = undefined;
    this.session?.lost(reason);
    this.session = undefined;
    this.registration = undefined;
    this.webSocket = undefined;
    this.settle();
    this.awaitedPong?.resolve();
    this.state = this.departing ? 'closed' : 'waiting';
    if (!this.departing) this.retry(reason, registration !== undefined);
    for (const resolve of this.onClosed.splice(0)) resolve();
    if (registration) this.events.lost();
    options.log.debug({ index: options.register.index, reason }, 'connection closed');
  }

  private retry(reason: string, wasRegistered: boolean): void {
    const { options } = this;
    const delay = options.backoff.next();
    const fields = { index: options.register.index, reason, retryInMs: Math.round(delay) };
    options.log.warn(fields, wasRegistered ? 'connection to the edge lost' : 'cannot connect to the edge');
    this.pause = options.deadlines.after(delay, () => this.connect());
  }

  /** Resolves when the edge has read everything sent so far, or the connection is gone. */
  private pong(): Promise<void> {
    const { webSocket } = this;
    if (!webSocket || webSocket.readyState !== webSocket.OPEN) return Promise.resolve();
    const mark = `read ${++this.pings}`;
    return new Promise((resolve) => {
      this.awaitedPong = { mark, resolve };
      webSocket.ping(mark);
    });
  }

  /** A stream may have ended: `leave` waits for the last. */
  private settle(): void {
    const { onIdle, session } = this;
    if (!onIdle || (session && !session.closed && session.size > 0)) return;
    this.onIdle = undefined;
    onIdle();
  }
}

/**
 * A mask of zeros leaves the payload as it is, and ws then skips the work: 15 us instead of 93 us for 16 KiB.
 * The mask protects intermediaries from payloads that look like HTTP (RFC 6455 section 10.3); between a
 * connector and an edge on one machine or the user's own network there are none. `maskPayload` turns it on.
 */
function zeroMask(mask: Buffer): void {
  mask.fill(0);
}
