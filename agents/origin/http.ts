import type { Dispatcher } from 'undici';
import { type OpenMessage, ResetCause } from '../../protocol/messages.js';
import type { ProtocolStream, StreamHandler } from '../../protocol/stream.js';
import { DialError } from './connect.js';
import { responseHeaders } from './headers.js';
import type { OriginPool, Slot } from './pool.js';
import { RequestBody } from './request-body.js';

export type HttpOpen = Extract<OpenMessage, { kind: 'http' | 'upgrade' }>;

/** Safe to repeat when the origin closed a kept connection just as we used it (RFC 9110 section 9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** undici's request options; its types leave `servername` out. */
interface RequestOptions extends Dispatcher.DispatchOptions {
  readonly servername?: string;
}

/** Where a request goes, and how. */
export interface Destination {
  readonly pool: OriginPool;
  /** What TLS asks for and checks. */
  readonly serverName: string;
  /** Send a body only with its length: one of unknown length is collected first. */
  readonly unchunked: boolean;
  /** The rule that leads there, as messages name it. */
  readonly rule: string;
}

/** Most of a body that is collected to learn its length, in bytes. */
const MAX_COLLECTED = 16 * 1024 * 1024;

/** How an exchange ended: the status, or the cause of its reset. `detail` says where and why it failed, if that is worth a line in the log. */
export type ExchangeEnd =
  | { readonly status: number; readonly detail?: string }
  | { readonly cause: ResetCause; readonly detail?: string };

/**
 * One request between its stream and an origin: handles the stream's events and undici's.
 *
 * It is sent once everything that came in one message with its OPEN is known, so that requests without a
 * body, and small bodies, need no stream of their own.
 */
export class HttpExchange implements StreamHandler, Dispatcher.DispatchHandler {
  private phase: 'collecting' | 'sent' | 'answered' | 'over' = 'collecting';
  private early: Buffer[] = [];
  /** Bytes in `early` whose credit is returned already: the body is collected to its end. */
  private collected: number | undefined;
  private body: RequestBody | Buffer | null = null;
  private slot: Slot | undefined;
  private controller: Dispatcher.DispatchController | undefined;
  /** The request went out on a connection that had served others before. */
  private reused = false;
  private retried = false;
  /** Some of it may have reached the origin. */
  private wasSent = false;
  private heard = false;
  private status = 0;

  constructor(
    private readonly stream: ProtocolStream,
    private readonly request: HttpOpen,
    private readonly headers: string[],
    private readonly destination: Destination,
    private readonly ended: (end: ExchangeEnd) => void,
  ) {}

  /** Sends what is known of the request; the rest of its body follows as it comes. */
  begin(): void {
    if (this.phase !== 'collecting') return;
    if (this.destination.unchunked && !hasLength(this.headers)) {
      this.collected = 0;
      for (const chunk of this.early) this.collect(chunk);
      return;
    }
    const body = new RequestBody((bytes) => this.stream.consumed(bytes));
    // undici tells us through the controller; a body without a listener would end the process.
    body.on('error', ignore);
    for (const chunk of this.early) body.add(chunk);
    this.early = [];
    this.body = body;
    this.send();
  }

  data(chunk: Buffer): void {
    if (this.body instanceof RequestBody) this.body.add(chunk);
    else if (this.phase === 'collecting') {
      this.early.push(chunk);
      if (this.collected !== undefined) this.collect(chunk);
    }
    // The origin did not want the rest: it is taken off the wire and dropped, so that the client can finish.
    else this.stream.consumed(chunk.length);
  }

  end(): void {
    if (this.body instanceof RequestBody) {
      this.body.finish();
      return;
    }
    if (this.phase !== 'collecting') return;
    if (this.early.length > 0) {
      const body = Buffer.concat(this.early);
      this.early = [];
      this.body = body;
      if (this.collected === undefined) this.stream.consumed(body.length);
    }
    this.send();
  }

  /** Takes what comes whole, so that its client can go on; up to a limit. */
  private collect(chunk: Buffer): void {
    this.stream.consumed(chunk.length);
    this.collected = (this.collected ?? 0) + chunk.length;
    if (this.collected <= MAX_COLLECTED || this.phase !== 'collecting') return;
    this.phase = 'over';
    this.early = [];
    const detail = `${this.destination.rule}: a body of unknown length is longer than ${MAX_COLLECTED} bytes, which is as much as disableChunkedEncoding collects`;
    this.stream.head({ status: 413, headers: ['Content-Length', '0'], source: 'connector', detail });
    this.stream.end();
    this.ended({ status: 413, detail });
  }

  /** The edge lost interest, or the connection broke. */
  reset(): void {
    this.abandon(ResetCause.CANCELLED);
  }

  drain(): void {
    this.controller?.resume();
  }

  private send(): void {
    this.phase = 'sent';
    const { method, path } = this.request;
    const options: RequestOptions = {
      method: method as Dispatcher.HttpMethod,
      path,
      headers: this.headers,
      body: this.body,
      // Constant for the pool: undici would reconnect whenever the name it derives from Host changes.
      servername: this.destination.pool.service.host,
    };
    // Where one kept connection was stale the others may be too: the second try gets a new one.
    this.destination.pool.dispatch(options, this.destination.serverName, this, this.retried, (slot) => {
      this.slot = slot;
    });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.phase === 'over') {
      controller.abort(new Error('the request was given up'));
      return;
    }
    this.controller = controller;
    this.wasSent = true;
    this.reused = (this.slot?.served ?? 0) > 0;
  }

  onResponseStarted(): void {
    this.heard = true;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    // Interim responses are between the origin and us.
    if (status < 200 || this.phase !== 'sent') return;
    this.phase = 'answered';
    this.status = status;
    this.stream.head({ status, headers: responseHeaders(rawList(controller.rawHeaders)), source: 'origin' });
    // Too large for a frame: the stream has been reset already.
    if (this.stream.closed)
      this.abandon(ResetCause.INVALID_RESPONSE, `${this.destination.rule}: the response head is too large`);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.stream.write(chunk)) controller.pause();
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    this.giveBack(true);
    if (this.phase === 'over') return;
    this.phase = 'over';
    // After this the rest of the request's body is not wanted any more: undici destroys it, `data` drops it.
    const trailers = rawList(controller.rawTrailers);
    this.stream.end(trailers.length === 0 ? undefined : responseHeaders(trailers));
    this.ended({ status: this.status });
  }

  onResponseError(_: unknown, error: Error): void {
    this.giveBack(false);
    this.controller = undefined;
    if (this.phase === 'over') return;
    if (this.phase === 'sent' && this.staleSocket(error)) {
      this.retried = true;
      this.send();
      return;
    }
    const cause = this.causeOf(error);
    const detail = `${this.destination.rule}: ${error.message}`;
    this.phase = 'over';
    if (this.body instanceof RequestBody) this.body.destroy();
    if (cause !== ResetCause.INTERNAL) this.destination.pool.fails();
    this.stream.reset(cause, detail, !this.wasSent);
    this.ended({ cause, detail });
  }

  /** undici does not repeat a request whose kept connection the origin had just closed. Once, and only where nothing can happen twice. */
  private staleSocket(error: Error): boolean {
    if (!this.reused || this.retried || this.heard || this.body !== null) return false;
    return (
      IDEMPOTENT.has(this.request.method) &&
      !(error instanceof DialError) &&
      causeOfBreak(error) === ResetCause.ORIGIN_RESET
    );
  }

  private causeOf(error: Error): ResetCause {
    if (error instanceof DialError) return error.reset;
    return this.phase === 'answered' ? ResetCause.ORIGIN_RESET : causeOfBreak(error);
  }

  private abandon(cause: ResetCause, detail?: string): void {
    if (this.phase === 'over') return;
    const collecting = this.phase === 'collecting';
    this.phase = 'over';
    this.early = [];
    this.ended(detail === undefined ? { cause } : { cause, detail });
    if (collecting) return;
    if (this.body instanceof RequestBody) this.body.destroy();
    if (this.controller) this.controller.abort(new Error('the edge gave the request up'));
    // Still waiting for a connection: that goes with it.
    else this.giveBack(false);
  }

  private giveBack(works: boolean): void {
    const { slot } = this;
    if (!slot) return;
    this.slot = undefined;
    if (works) this.destination.pool.release(slot);
    else this.destination.pool.discard(slot);
  }
}

function hasLength(headers: readonly string[]): boolean {
  return headers.some((name, at) => at % 2 === 0 && name.toLowerCase() === 'content-length');
}

function rawList(raw: Dispatcher.DispatchController['rawHeaders']): readonly (Buffer | string)[] {
  return Array.isArray(raw) ? raw : [];
}

/** What it means that a request failed before its response began. */
function causeOfBreak(error: Error & { readonly code?: string }): ResetCause {
  const code = error.code ?? '';
  if (error.name === 'HTTPParserError' || code === 'UND_ERR_HEADERS_OVERFLOW') return ResetCause.INVALID_RESPONSE;
  // undici's words for answers that nobody asked for.
  if (code === 'UND_ERR_SOCKET' && error.message.startsWith('bad ')) return ResetCause.INVALID_RESPONSE;
  if (
    code === 'UND_ERR_INVALID_ARG' ||
    code === 'UND_ERR_NOT_SUPPORTED' ||
    code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH'
  ) {
    return ResetCause.INTERNAL;
  }
  return ResetCause.ORIGIN_RESET;
}

function ignore(): void {}
