import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { FrameType } from '../../protocol/frames.js';
import {
  type ConfigAckMessage,
  decodeConfigAck,
  decodeGoaway,
  decodeLocalConfig,
  decodeRegister,
  encodeJson,
  type GoawayMessage,
  type HeadMessage,
  type OpenMessage,
  type RegisterMessage,
  ResetCause,
  type ResetMessage,
  SUBPROTOCOL,
} from '../../protocol/messages.js';
import { Session } from '../../protocol/session.js';
import type { ProtocolStream, StreamHandler } from '../../protocol/stream.js';

export interface TestEdgeOptions {
  readonly config?: unknown;
  readonly version?: number;
  readonly networks?: readonly string[];
  readonly configSrc?: 'local' | 'cloudflare';
  /** 0: a free one. */
  readonly port?: number;
}

export interface RefusalAnswer {
  readonly status: number;
  readonly body: string;
}

/** The smallest edge that a connector can be tested against. It takes every token, and notes it. */
export class TestEdge {
  readonly tokens: string[] = [];
  /** Answered in place of a WebSocket while it is set. */
  refusal: RefusalAnswer | undefined;
  /** Whether it registers connectors and answers pings. */
  mute = false;
  readonly connections: TestConnection[] = [];
  private readonly waiting: ((connection: TestConnection) => void)[] = [];
  private taken = 0;
  private refused: (() => void)[] = [];

  port = 0;

  private constructor(
    private readonly server: Server,
    readonly options: TestEdgeOptions,
  ) {}

  static async open(options: TestEdgeOptions = {}): Promise<TestEdge> {
    const server = createServer();
    const edge = new TestEdge(server, options);
    const webSockets = new WebSocketServer({ noServer: true, handleProtocols: () => SUBPROTOCOL });
    server.on('upgrade', (request, socket, first) => {
      socket.on('error', () => {});
      edge.tokens.push(String(request.headers.authorization));
      const { refusal } = edge;
      if (refusal) {
        const { status, body } = refusal;
        socket.end(
          `HTTP/1.1 ${status} No\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
        );
        for (const resolve of edge.refused.splice(0)) resolve();
        return;
      }
      webSockets.handleUpgrade(request, socket, first, (webSocket) => new TestConnection(edge, webSocket));
    });
    await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
    edge.port = (server.address() as AddressInfo).port;
    return edge;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** The next connection that registers. */
  connection(): Promise<TestConnection> {
    const ready = this.connections[this.taken++];
    if (ready) return Promise.resolve(ready);
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Resolves when a connection is refused. */
  refusing(): Promise<void> {
    return new Promise((resolve) => this.refused.push(resolve));
  }

  registered(connection: TestConnection): void {
    this.connections.push(connection);
    this.waiting.shift()?.(connection);
  }

  async close(): Promise<void> {
    for (const connection of this.connections) connection.webSocket.terminate();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** One connection of a connector, as the edge holds it. */
export class TestConnection {
  readonly session: Session;
  readonly acks: ConfigAckMessage[] = [];
  readonly localConfigs: unknown[] = [];
  readonly closed: Promise<string>;
  register: RegisterMessage | undefined;
  private serial = 0;
  private readonly waitingAcks: ((ack: ConfigAckMessage) => void)[] = [];
  private goaway: (message: GoawayMessage) => void = () => {};
  readonly leaving = new Promise<GoawayMessage>((resolve) => {
    this.goaway = resolve;
  });
  private localConfig: (config: unknown) => void = () => {};
  readonly reported = new Promise<unknown>((resolve) => {
    this.localConfig = resolve;
  });

  constructor(
    private readonly edge: TestEdge,
    readonly webSocket: WebSocket,
  ) {
    this.session = new Session(
      'edge',
      {
        send: (message) => webSocket.send(message),
        close: (reason) => webSocket.close(1000, reason),
        defer: (flush) => setImmediate(flush),
      },
      {
        control: (type, payload) => this.control(type, payload),
        failed: (error) => {
          throw error;
        },
      },
    );
    webSocket.on('message', (message: Buffer) => this.session.receive(message));
    this.closed = new Promise((resolve) => {
      webSocket.on('close', (_, reason) => {
        this.session.lost('connection closed');
        resolve(reason.toString());
      });
    });
  }

  private control(type: FrameType, payload: Buffer): void {
    if (type === FrameType.REGISTER) {
      this.register = decodeRegister(payload);
      if (!this.edge.mute) this.accept(this.register);
    } else if (type === FrameType.CONFIG_ACK) {
      const ack = decodeConfigAck(payload);
      this.acks.push(ack);
      this.waitingAcks.shift()?.(ack);
    } else if (type === FrameType.GOAWAY) {
      this.goaway(decodeGoaway(payload));
    } else if (type === FrameType.LOCAL_CONFIG) {
      this.localConfig(decodeLocalConfig(payload));
    }
  }

  private accept(register: RegisterMessage): void {
    const { options } = this.edge;
    this.session.send(
      FrameType.REGISTERED,
      0,
      encodeJson({
        connection_id: `connection ${register.index}`,
        data_center: register.index < 2 ? 'NRT' : 'KIX',
        config_src: options.configSrc ?? 'cloudflare',
        tunnel: 'app',
      }),
    );
    void this.push(options.config ?? null, options.version ?? 1, options.networks ?? []).then(() =>
      this.edge.registered(this),
    );
  }

  /** Resolves with the acknowledgement. */
  push(config: unknown, version: number, networks: readonly string[] = []): Promise<ConfigAckMessage> {
    this.session.send(FrameType.CONFIG, 0, encodeJson({ serial: ++this.serial, version, config, networks }));
    return new Promise((resolve) => this.waitingAcks.push(resolve));
  }

  say(message: GoawayMessage): void {
    this.session.send(FrameType.GOAWAY, 0, encodeJson(message));
  }

  open(message: OpenMessage): TestStream {
    const stream = new TestStream();
    stream.stream = this.session.open(message, stream.handler);
    return stream;
  }

  /** A whole request: resolves when the answer is complete, or the stream was reset. */
  async request(message: Partial<HttpOpenMessage> = {}, body?: string | Buffer): Promise<TestStream> {
    const stream = this.open({ ...GET, ...message });
    if (body !== undefined) stream.write(body);
    stream.finish();
    await stream.done;
    return stream;
  }
}

export type HttpOpenMessage = Extract<OpenMessage, { kind: 'http' | 'upgrade' }>;

export const GET: HttpOpenMessage = {
  kind: 'http',
  method: 'GET',
  path: '/',
  scheme: 'http',
  authority: 'app.example.com',
  headers: [],
};

/** A stream that keeps what it is told. It takes data at once, unless it is told to hold. */
export class TestStream {
  stream: ProtocolStream | undefined;
  answer: HeadMessage | undefined;
  failure: ResetMessage | undefined;
  trailers: readonly string[] = [];
  ended = false;
  hold = false;
  bytes = 0;
  private readonly chunks: Buffer[] = [];
  private readonly watchers: { readonly met: () => boolean; readonly resolve: () => void }[] = [];

  /** The answer's head came, or the stream was reset. */
  get headed(): Promise<void> {
    return this.until(() => this.answer !== undefined || this.failure !== undefined);
  }

  /** Everything came, or the stream was reset. */
  get done(): Promise<void> {
    return this.until(() => this.ended || this.failure !== undefined);
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString('latin1');
  }

  until(met: () => boolean): Promise<void> {
    if (met()) return Promise.resolve();
    return new Promise((resolve) => this.watchers.push({ met, resolve }));
  }

  /** The answer's header by name, or undefined. */
  header(name: string): string | undefined {
    const headers = this.answer?.headers ?? [];
    const at = headers.findIndex((item, index) => index % 2 === 0 && item.toLowerCase() === name);
    return at === -1 ? undefined : headers[at + 1];
  }

  write(chunk: string | Buffer): boolean {
    return this.stream?.write(typeof chunk === 'string' ? Buffer.from(chunk) : chunk) ?? false;
  }

  finish(): void {
    this.stream?.end();
  }

  giveUp(): void {
    this.stream?.reset(ResetCause.CANCELLED, 'the client went away');
  }

  release(): void {
    this.hold = false;
    this.stream?.consumed(this.bytes);
  }

  readonly handler: StreamHandler = {
    head: (head) => {
      this.answer = head;
      this.changed();
    },
    data: (chunk) => {
      this.bytes += chunk.length;
      this.chunks.push(chunk);
      if (!this.hold) this.stream?.consumed(chunk.length);
      this.changed();
    },
    end: (trailers) => {
      this.trailers = trailers;
      this.ended = true;
      this.changed();
    },
    reset: (reset) => {
      this.failure = reset;
      this.changed();
    },
    drain: () => this.changed(),
  };

  private changed(): void {
    for (const watcher of [...this.watchers]) {
      if (!watcher.met()) continue;
      this.watchers.splice(this.watchers.indexOf(watcher), 1);
      watcher.resolve();
    }
  }
}
