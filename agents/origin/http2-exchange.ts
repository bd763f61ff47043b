import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { messageOf } from '../../runtime/errors.js';

/** Says what undici says of a request that cannot be sent. */
class UnsendableError extends Error {
  readonly code = 'UND_ERR_INVALID_ARG';
}

/**
 * One request to an origin over a stream of HTTP/2, told to its handler as undici tells of requests over HTTP/1.1: it is
 * the handler's controller.
 */
export class Http2Exchange implements Dispatcher.DispatchController {
  aborted = false;
  paused = false;
  reason: Error | null = null;
  rawHeaders: string[] = [];
  rawTrailers: string[] = [];
  private stream: ClientHttp2Stream | undefined;
  private over = false;

  constructor(
    private readonly request: Dispatcher.DispatchOptions,
    private readonly handler: Dispatcher.DispatchHandler,
    /** The request is over, well or not. Before the handler is told. */
    private readonly ended: () => void,
  ) {}

  send(session: ClientHttp2Session): void {
    const { request, handler } = this;
    handler.onRequestStart?.(this, {});
    if (this.over) return;
    const body = request.body;
    try {
      this.stream = session.request(headersOf(request), { endStream: body === null || body === undefined });
    } catch (error) {
      const isGone = session.closed || session.destroyed;
      this.fail(isGone ? new Error('the origin closed the connection') : new UnsendableError(messageOf(error)));
      return;
    }
    const { stream } = this;
    stream.on('response', (headers, _flags, ...more: unknown[]) => this.responded(headers, more[0]));
    stream.on('trailers', (_trailers: object, _flags: number, ...more: unknown[]) => {
      this.rawTrailers = plain(more[0]);
    });
    stream.on('end', () => this.finished());
    stream.on('error', () => undefined);
    stream.on('close', () => this.fail(new Error(whyClosed(stream, session))));
    if (body instanceof Readable) body.on('error', () => undefined).pipe(stream);
    else if (body !== null && body !== undefined) stream.end(body);
  }

  /** It cannot be sent, or not be answered any more. */
  fail(error: Error): void {
    if (this.over) return;
    this.finish();
    this.handler.onResponseError?.(this, error);
  }

  abort(reason: Error): void {
    this.aborted = true;
    this.reason = reason;
    this.stream?.close(constants.NGHTTP2_CANCEL);
    this.fail(reason);
  }

  pause(): void {
    this.paused = true;
    this.stream?.pause();
  }

  resume(): void {
    this.paused = false;
    this.stream?.resume();
  }

  private responded(headers: IncomingHttpHeaders, raw: unknown): void {
    if (this.over) return;
    this.rawHeaders = plain(raw);
    this.handler.onResponseStarted?.();
    this.handler.onResponseStart?.(this, Number(headers[':status'] ?? 0), headers);
    // Not before the head: Node tells of the first bytes earlier when much comes in one read.
    this.stream?.on('data', (chunk: Buffer) => {
      if (!this.over) this.handler.onResponseData?.(this, chunk);
    });
  }

  private finished(): void {
    // What was reset ends as well, and then it was not whole.
    if (this.over || this.stream?.rstCode || this.stream?.aborted) return;
    this.finish();
    this.handler.onResponseEnd?.(this, {});
  }

  /** What is left of the request's body is of no use to anybody. */
  private finish(): void {
    this.over = true;
    const { body } = this.request;
    if (body instanceof Readable && !body.readableEnded) {
      body.destroy();
      this.stream?.close(constants.NGHTTP2_NO_ERROR);
    }
    this.ended();
  }
}

/** HTTP/2 says by itself what these say (RFC 9113 8.2.2, 8.3.1). */
const SAID_OTHERWISE = new Set([
  'host',
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

function headersOf({ method, path, headers }: Dispatcher.DispatchOptions): OutgoingHttpHeaders {
  const list = Array.isArray(headers) ? headers : [];
  // Without a prototype: clients choose the names.
  const result: OutgoingHttpHeaders = Object.create(null);
  result[':method'] = method;
  result[':scheme'] = 'https';
  result[':path'] = path;
  for (let at = 0; at + 1 < list.length; at += 2) {
    const name = String(list[at]).toLowerCase();
    const value = String(list[at + 1]);
    if (name === 'host') result[':authority'] = value;
    if (SAID_OTHERWISE.has(name)) continue;
    const before = result[name];
    result[name] = before === undefined ? value : `${before}${name === 'cookie' ? '; ' : ', '}${value}`;
  }
  return result;
}

/** Node's raw list without what is HTTP/2's own. */
function plain(raw: unknown): string[] {
  if (!Array.isArray(raw)) return [];
  const list = raw as readonly string[];
  return list.filter((_, at) => !list[at - (at % 2)]?.startsWith(':'));
}

function whyClosed(stream: ClientHttp2Stream, session: ClientHttp2Session): string {
  if (session.destroyed || session.closed || !stream.rstCode) return 'the origin closed the connection';
  return `the origin reset the stream (code ${stream.rstCode})`;
}
