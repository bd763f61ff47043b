import { once } from 'node:events';
import {
  createServer,
  type Http2Session,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { connect, type TLSSocket } from 'node:tls';
import { randomUuid } from '../../runtime/ids.js';
import type { Node } from './capnp.js';
import {
  type Answer,
  bootstrap,
  call,
  finish,
  localConfigurationParams,
  NO_PARAMS,
  type Registration,
  type RegistrationAnswer,
  readAnswer,
  readRegistration,
  registerParams,
} from './cloudflared-rpc.js';

export interface Pushed {
  readonly version: number;
  readonly config: unknown;
}

export type Serve = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

export interface DialOptions {
  /** `HOST:PORT`. */
  readonly address: string;
  readonly ca: string;
  readonly serverName?: string;
}

/**
 * cloudflared's end of the wire: dials by TLS, is then the server of HTTP/2, and speaks Cap'n Proto of its own
 * (test/support/capnp.ts). Everything it does by itself is what cloudflared does; the rest is up to the test.
 */
export class CloudflaredPeer {
  /** What it answers requests with. Default: 200 with the request's path. */
  serve: Serve = (stream, headers) => {
    stream.on('error', () => undefined);
    respond(stream, 200, []);
    stream.end(String(headers[':path']));
  };
  /** What it answers a pushed configuration with. Default: that it has applied it. */
  apply: (pushed: Pushed) => { readonly lastAppliedVersion: number; readonly err: unknown } = ({ version }) => ({
    lastAppliedVersion: version,
    err: null,
  });
  readonly pushed: Pushed[] = [];
  readonly closed: Promise<void>;
  /** The stream that the edge opens first. */
  readonly control: Promise<ServerHttp2Stream>;
  readonly session: Promise<Http2Session>;

  private answers: Answer[] = [];
  private waiting: (() => void)[] = [];
  private questions = 0;
  private capability: number | undefined;
  private received = Buffer.alloc(0);
  private isClosed = false;

  private constructor(readonly socket: TLSSocket) {
    const server = createServer({ settings: { initialWindowSize: 1024 * 1024, maxConcurrentStreams: 0xffff_ffff } });
    this.session = once(server, 'session').then(([session]) => (session as Http2Session).on('error', () => undefined));
    let takeControl: (stream: ServerHttp2Stream) => void = () => undefined;
    this.control = new Promise((resolve) => {
      takeControl = resolve;
    });
    server.on('stream', (stream, headers) => {
      stream.on('error', () => undefined);
      switch (headers['cf-cloudflared-proxy-connection-upgrade']) {
        case 'control-stream':
          stream.respond({ ':status': 200 });
          stream.on('data', (chunk: Buffer) => this.receive(chunk));
          takeControl(stream);
          return;
        case 'update-configuration':
          void this.configure(stream);
          return;
        default:
          this.serve(stream, headers);
      }
    });
    this.closed = once(socket, 'close').then(() => {
      this.isClosed = true;
      this.wake();
    });
    // cloudflared agrees on no protocol either; Node would answer that with an error of HTTP/1.
    socket.alpnProtocol = null;
    server.emit('connection', socket);
  }

  static async dial({ address, ca, serverName = 'h2.cftunnel.com' }: DialOptions): Promise<CloudflaredPeer> {
    const { hostname, port } = new URL(`tcp://${address}`);
    const socket = connect({ host: hostname, port: Number(port), ca, servername: serverName });
    socket.on('error', () => undefined);
    await once(socket, 'secureConnect');
    return new CloudflaredPeer(socket);
  }

  /** Bootstrap, with the registration pipelined on its promise, as cloudflared does. */
  async register(
    registration: Omit<Registration, 'connectorId' | 'index'> & Partial<Registration>,
  ): Promise<RegistrationAnswer> {
    const first = this.questions++;
    const second = this.questions++;
    const params = registerParams({ connectorId: randomUuid(), index: 0, ...registration });
    await this.send(bootstrap(first), call(second, 0, { answer: first }, params));
    const server = await this.answer(first);
    if (server.kind !== 'capability') throw new Error('the bootstrap gave no capability');
    this.capability = server.export;
    const registered = await this.answer(second);
    await this.send(finish(first), finish(second));
    if (registered.kind === 'exception') throw new Error(registered.reason);
    if (registered.kind !== 'results') throw new Error('no results');
    return readRegistration(registered.results);
  }

  /** On the capability itself, no longer on the promise. */
  async call(method: number, params: Node = NO_PARAMS): Promise<Answer> {
    const question = this.questions++;
    await this.send(call(question, method, { capability: this.capability ?? 0 }, params));
    const answer = await this.answer(question);
    await this.send(finish(question));
    return answer;
  }

  /** What SIGTERM makes cloudflared do; what is open goes on. */
  async unregister(): Promise<void> {
    await this.call(1);
    (await this.control).end();
  }

  updateLocalConfiguration(config: unknown): Promise<Answer> {
    return this.call(2, localConfigurationParams(JSON.stringify(config)));
  }

  async send(...messages: Buffer[]): Promise<void> {
    (await this.control).write(Buffer.concat(messages));
  }

  /** The answer to a question, waiting for it if need be. */
  async answer(question: number): Promise<Answer> {
    return this.take((answer) => answer.kind !== 'unimplemented' && answer.question === question);
  }

  async take(wanted: (answer: Answer) => boolean): Promise<Answer> {
    for (;;) {
      const at = this.answers.findIndex(wanted);
      if (at >= 0) return this.answers.splice(at, 1)[0] as Answer;
      if (this.isClosed) throw new Error('the edge closed the connection');
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  private receive(chunk: Buffer): void {
    this.received = Buffer.concat([this.received, chunk]);
    for (;;) {
      if (this.received.length < 8) break;
      const segments = this.received.readUInt32LE(0) + 1;
      const table = Math.ceil((4 + 4 * segments) / 8) * 8;
      if (this.received.length < table) break;
      let end = table;
      for (let i = 0; i < segments; i++) end += this.received.readUInt32LE(4 + 4 * i) * 8;
      if (this.received.length < end) break;
      this.answers.push(readAnswer(this.received.subarray(0, end)));
      this.received = this.received.subarray(end);
    }
    this.wake();
  }

  private wake(): void {
    for (const wake of this.waiting.splice(0)) wake();
  }

  private async configure(stream: ServerHttp2Stream): Promise<void> {
    let body = '';
    for await (const chunk of stream) body += String(chunk);
    const pushed = JSON.parse(body) as Pushed;
    this.pushed.push(pushed);
    stream.respond({ ':status': 200 });
    stream.end(JSON.stringify(this.apply(pushed)));
  }

  /** Breaks the connection without a word. */
  break(): void {
    this.socket.destroy();
  }
}

const base64 = (value: string): string => Buffer.from(value, 'latin1').toString('base64').replace(/=+$/, '');

/** Answers as cloudflared does: the origin's headers in one, and who it was that answered. */
export function respond(
  stream: ServerHttp2Stream,
  status: number,
  headers: readonly string[],
  source: 'origin' | 'cloudflared' = 'origin',
  options: { readonly waitForTrailers?: boolean } = {},
): void {
  const pairs: string[] = [];
  for (let i = 0; i < headers.length; i += 2) pairs.push(`${base64(headers[i] ?? '')}:${base64(headers[i + 1] ?? '')}`);
  const own: OutgoingHttpHeaders = {
    ':status': status,
    'cf-cloudflared-response-meta': JSON.stringify({ src: source }),
    ...(pairs.length === 0 ? {} : { 'cf-cloudflared-response-headers': pairs.join(';') }),
  };
  stream.respond(own, options);
}
