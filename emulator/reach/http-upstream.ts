import type { Duplex, Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Exchange, RequestHead, ResponseHandler } from '../tunnel/connection.js';
import { failureOfError } from './dial-failure.js';

/** HTTP/1.1 to one origin over connections that a dispatcher keeps: dialled directly or through a tunnel. */
export class HttpUpstream {
  constructor(
    private readonly dispatcher: Dispatcher,
    /** Opens a connection of its own, for an upgrade. Fails with the error of the dial. */
    readonly connect: (signal: AbortSignal) => Promise<Duplex>,
  ) {}

  request(head: RequestHead, body: Readable | null, handler: ResponseHandler): Exchange {
    const exchange = new DispatchExchange(handler);
    try {
      this.dispatcher.dispatch(
        {
          method: head.method as Dispatcher.HttpMethod,
          path: head.path,
          headers: ['host', head.authority, ...head.headers],
          body,
          // The sender owns these deadlines (emulator/forward/request-run.ts).
          headersTimeout: 0,
          bodyTimeout: 0,
        },
        exchange as unknown as Dispatcher.DispatchHandler,
      );
    } catch (error) {
      queueMicrotask(() => exchange.onError(error));
    }
    return exchange;
  }
}

/**
 * undici's handler and the sender's exchange in one object. Takes undici's raw form (header buffers), which
 * spares parsing every header list into an object and back.
 */
class DispatchExchange implements Exchange {
  private abortRequest: ((reason?: Error) => void) | undefined;
  private resumeSocket: (() => void) | undefined;
  private paused = false;
  private over = false;

  constructor(private readonly handler: ResponseHandler) {}

  onConnect(abort: (reason?: Error) => void): void {
    if (this.over) abort();
    else this.abortRequest = abort;
  }

  onHeaders(status: number, rawHeaders: readonly Buffer[], resume: () => void): boolean {
    this.resumeSocket = resume;
    if (status < 200 || this.over) return true;
    this.handler.head({ status, headers: textOf(rawHeaders), source: 'origin' });
    return !this.paused;
  }

  onData(chunk: Buffer): boolean {
    if (this.over) return true;
    this.paused = !this.handler.data(chunk);
    return !this.paused;
  }

  onComplete(rawTrailers: readonly Buffer[] | null): void {
    if (this.over) return;
    this.over = true;
    this.handler.end(rawTrailers && rawTrailers.length > 0 ? textOf(rawTrailers) : NONE);
  }

  onError(error: unknown): void {
    if (this.over) return;
    this.over = true;
    this.handler.fail(failureOfError(error));
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.resumeSocket?.();
  }

  abort(): void {
    if (this.over) return;
    this.over = true;
    this.abortRequest?.();
  }
}

const NONE: readonly string[] = Object.freeze([]);

/** Header bytes as text: HTTP/1.1 fields are latin1, whatever they mean. */
function textOf(raw: readonly Buffer[]): string[] {
  const headers: string[] = new Array(raw.length);
  for (let i = 0; i < raw.length; i++) headers[i] = (raw[i] as Buffer).toString('latin1');
  return headers;
}
