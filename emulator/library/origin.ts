import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import type { Origin } from '../../origins/index.js';
import type { Deadlines } from '../../runtime/deadlines.js';
import { defineError } from '../../runtime/errors.js';
import { emulatorClosed } from './connect.js';
import { type Detours, readPlace } from './detours.js';
import { badOption, checkTyped, type OptionCheck, type OptionTable, TEXT } from './options.js';

export interface OriginOptions {
  /**
   * The address under which the configuration knows it: of a tunnel's service, of an endpoint, private or not, as
   * `localhost:3000`, `10.1.0.5:8080` or `http://localhost:3000`. Whoever dials that in this emulator reaches the origin,
   * whatever port it has. The last origin at a place counts. Absent: it is reached by its own `url` alone.
   */
  readonly at?: string;
  /** What the sample origin calls itself in its answers. Default: `at`, else `origin`. */
  readonly name?: string;
  /** Where it listens on 127.0.0.1. Default: a free port. */
  readonly port?: number;
  /** What answers, as `createServer` of `node:http` takes it: an Express app is one. Default: a sample that tells what arrived. */
  readonly handler?: RequestListener;
  /** One answer to everything, in place of a handler: its status, default 200, ... */
  readonly status?: number;
  /** ... and its body, default empty. */
  readonly body?: string;
}

/** A request as an origin saw it. */
export interface SeenRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** An origin in this process. */
export interface TestOrigin extends AsyncDisposable {
  /** Where it really listens, e.g. `http://127.0.0.1:49152`. */
  readonly url: string;
  readonly port: number;
  /** What has arrived, oldest first; the latest 1,000. */
  readonly requests: readonly SeenRequest[];
  /** As if its process were killed: what is open is cut off, and connections are refused until `start`. Idempotent. */
  stop(): Promise<void>;
  /** Listens again, on the same port. Idempotent. */
  start(): Promise<void>;
  /** Ends it for good; its place leads to where the configuration says again. Idempotent. */
  close(): Promise<void>;
}

export const originClosed = defineError<{ url: string }>('ORIGIN_CLOSED', {
  message: (d) => `the origin ${d.url} is closed, so it cannot start again`,
  fix: () => 'stop it instead of closing it, or make another with origin()',
});

const KEPT_REQUESTS = 1_000;

const OPTIONS = {
  at: ['an address such as "localhost:3000"', TEXT[1]],
  name: TEXT,
  port: ['a number', (value) => typeof value === 'number'],
  handler: ['a function of a request and a response', (value) => typeof value === 'function'],
  status: [
    'a status from 200 to 599',
    (value) => typeof value === 'number' && Number.isInteger(value) && value >= 200 && value <= 599,
  ],
  body: TEXT,
} as const satisfies Record<keyof OriginOptions, OptionCheck>;

const CALL: OptionTable = { call: 'origin', example: "origin({ at: 'localhost:3000' })", options: OPTIONS };

/** The origins that run in this process, for as long as the edge does. */
export class Origins {
  private readonly running = new Set<TestOrigin>();
  private ended = false;

  constructor(
    private readonly detours: Detours,
    private readonly deadlines: Deadlines,
  ) {}

  /** @throws BAD_OPTION, EMULATOR_CLOSED, PORT_IN_USE, CANNOT_LISTEN */
  async start(options: OriginOptions = {}): Promise<TestOrigin> {
    checkTyped(CALL, options);
    const place = options.at === undefined ? undefined : readPlace(CALL.call, options.at);
    const { startOrigin } = await import('../../origins/index.js');
    const seen: SeenRequest[] = [];
    const handler = handlerOf(options);
    const listen = (port: number): Promise<Origin> =>
      startOrigin({
        name: options.name ?? options.at ?? 'origin',
        host: '127.0.0.1',
        port,
        deadlines: this.deadlines,
        ...(handler && { handler }),
        before: ({ method = '', url = '', headers }) => {
          if (seen.length === KEPT_REQUESTS) seen.shift();
          seen.push({ method, path: url, headers });
          return false;
        },
      });
    if (this.ended) throw emulatorClosed({});
    let origin: Origin | undefined = await listen(options.port ?? 0);
    const { url } = origin;
    const { port } = origin.address;
    const undo = place && this.detours.set(place, { host: '127.0.0.1', port });
    // One after the other: whoever stops it and starts it again means that order.
    let last: Promise<void> = Promise.resolve();
    const next = (step: () => Promise<void>): Promise<void> => {
      const turn = last.then(step);
      last = turn.catch(() => undefined);
      return turn;
    };
    const stop = (): Promise<void> =>
      next(async () => {
        await origin?.cut();
        origin = undefined;
      });
    const close = async (): Promise<void> => {
      this.running.delete(running);
      undo?.();
      await stop();
    };
    const running: TestOrigin = {
      url,
      port,
      requests: seen,
      stop,
      start: () =>
        next(async () => {
          if (!this.running.has(running)) throw originClosed({ url });
          origin ??= await listen(port);
        }),
      close,
      [Symbol.asyncDispose]: close,
    };
    this.running.add(running);
    if (this.ended) {
      await close();
      throw emulatorClosed({});
    }
    return running;
  }

  async close(): Promise<void> {
    this.ended = true;
    await Promise.all([...this.running].map((origin) => origin.close()));
  }
}

/** @throws BAD_OPTION */
function handlerOf({ handler, status, body }: OriginOptions): RequestListener | undefined {
  if (status === undefined && body === undefined) return handler;
  if (handler) {
    const fix = 'let the handler answer it, or leave the handler out';
    throw badOption({ call: CALL.call, problem: 'has a handler, so status and body are not heeded', fix });
  }
  return (request, response) => {
    request.resume();
    response.writeHead(status ?? 200, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(body ?? '');
  };
}
