import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { ManualDeadlines } from '../../runtime/deadlines.js';
import { defineError } from '../../runtime/errors.js';
import type { ClientRequest, ClientResponse, ClientUpgrade, Forwarder } from '../forward/exchange.js';
import { createErrorPages } from '../forward/pages.js';
import { createCertificates } from './certificates.js';
import { createIngress, type Ingress, type IngressOptions } from './ingress.js';
import type { ClientVantage } from './ingress.types.js';

const badColo = defineError<{ code: string }>('BAD_COLO', {
  status: 400,
  message: (d) => `${d.code} is no data center`,
  fix: () => 'did you mean NRT?',
});

const NRT = { code: 'NRT', city: 'Tokyo', country: 'JP', region: 'NEAS', latitude: 35.76, longitude: 140.39 };

/** Everybody comes from Tokyo, except who says `Colocal-Colo: QQQ`. */
export const tokyo: ClientVantage = {
  resolve(headers, clientIp, clientPort) {
    const code = headers[headers.findIndex((name) => name.toLowerCase() === 'colocal-colo') + 1];
    if (code === 'QQQ') return { ok: false, error: badColo({ code }) };
    return { ok: true, vantage: { dataCenter: NRT, clientIp, clientPort, reasons: [] } };
  },
};

export interface Handled {
  readonly request: ClientRequest;
  readonly response: ClientResponse;
}

/** A forwarder that keeps what it is given until the test takes it, or answers at once with `answer`. */
export class StubForwarder implements Forwarder {
  readonly pages = createErrorPages();
  readonly seen: ClientRequest[] = [];
  answer: ((handled: Handled) => void) | undefined;
  private readonly requests = new Queue<Handled>();
  private readonly upgrades = new Queue<ClientUpgrade>();

  handle(request: ClientRequest, response: ClientResponse): void {
    this.seen.push(request);
    if (this.answer) this.answer({ request, response });
    else this.requests.put({ request, response });
  }

  refused(): string {
    return 'feedfeedfeedfeed-NRT';
  }

  upgrade(upgrade: ClientUpgrade): void {
    this.upgrades.put(upgrade);
  }

  next(): Promise<Handled> {
    return this.requests.take();
  }

  nextUpgrade(): Promise<ClientUpgrade> {
    return this.upgrades.take();
  }
}

class Queue<T> {
  private readonly items: T[] = [];
  private readonly takers: ((item: T) => void)[] = [];

  put(item: T): void {
    const taker = this.takers.shift();
    if (taker) taker(item);
    else this.items.push(item);
  }

  take(): Promise<T> {
    const item = this.items.shift();
    return item === undefined ? new Promise((resolve) => this.takers.push(resolve)) : Promise.resolve(item);
  }
}

export function answerWith(text: string, status = 200): (handled: Handled) => void {
  return ({ request, response }) => {
    request.body?.resume();
    response.head(status, ['content-type', 'text/plain', 'content-length', String(Buffer.byteLength(text))]);
    response.write(Buffer.from(text));
    response.end([]);
  };
}

export interface TestIngress {
  readonly ingress: Ingress;
  readonly forwarder: StubForwarder;
  readonly deadlines: ManualDeadlines;
  readonly http: number;
  readonly https: number;
  readonly ca: string;
}

/** A traffic side with both listeners on loopback, for the names in example.com; closed by the end of the test. */
export async function openIngress(
  options: Partial<IngressOptions> & { readonly tls?: boolean } = {},
): Promise<TestIngress> {
  const forwarder = new StubForwarder();
  const deadlines = new ManualDeadlines();
  const certificates = createCertificates({
    covers: (name) => name === 'example.com' || name.endsWith('.example.com'),
    // The clients of these tests check certificates against the real time.
    clock: { now: () => REAL_NOW },
  });
  const ingress = createIngress({ forwarder, vantage: tokyo, deadlines, certificates, ...options });
  const { port: http } = await ingress.listenHttp('127.0.0.1', 0);
  onTestFinished(async () => {
    const closed = ingress.close(0);
    if (options.deadlines === undefined) deadlines.elapse(1);
    await closed;
  });
  if (options.tls !== true) return { ingress, forwarder, deadlines, http, https: 0, ca: '' };
  const { port: https } = await ingress.listenHttps('127.0.0.1', 0);
  return { ingress, forwarder, deadlines, http, https, ca: await certificates.caPem() };
}

const REAL_NOW = performance.timeOrigin;

/** A client that sends exactly what it is told. */
export class RawClient {
  text = '';
  readonly closed: Promise<unknown>;
  private waiting: (() => void) | undefined;

  constructor(readonly socket: Socket) {
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      this.text += chunk;
      this.waiting?.();
    });
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('close', () => this.waiting?.());
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** Everything received once it has `part` in it; fails when the connection closes before. */
  async until(part: string): Promise<string> {
    while (!this.text.includes(part)) {
      if (this.socket.destroyed)
        throw new Error(`closed before ${JSON.stringify(part)}, after ${JSON.stringify(this.text)}`);
      await new Promise<void>((resolve) => {
        this.waiting = resolve;
      });
    }
    return this.text;
  }
}

/** What a client gets for these bytes until the connection closes. */
export async function exchange(port: number, text: string): Promise<string> {
  const client = await RawClient.open(port);
  client.send(text);
  await client.closed;
  return client.text;
}

/** Lets everything run that is ready to run. */
export async function turns(count = 5): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

export async function textOf(stream: AsyncIterable<unknown> | null): Promise<string> {
  let text = '';
  if (stream) for await (const chunk of stream) text += String(chunk);
  return text;
}
