import { validateHeaderName, validateHeaderValue } from 'node:http';
import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { messageOf } from '../../runtime/errors.js';
import { edgeError } from '../forward/edge-errors.js';
import type { ClientResponse, ErrorPages } from '../forward/exchange.js';
import { pageOf } from '../forward/pages.js';
import type { IngressLog } from './ingress.types.js';

/** Headers of an HTTP/1 connection: they mean nothing on a stream, and may not be sent (RFC 9113 section 8.2.2). */
const OF_CONNECTION = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);

/** Node sends no other over HTTP/2, and RFC 9110 section 15 calls what is above invalid. HTTP/1 clients get it as it is. */
const HIGHEST_STATUS = 599;

/** The way back to an HTTP/2 client. `accept`: the client's header, for the page it may get. */
export class Http2Response implements ClientResponse {
  headSent = false;
  private over = false;
  private gone = false;
  private readonly closeListeners: (() => void)[] = [];
  private drainListener: (() => void) | undefined = undefined;
  private trailers: readonly string[] = [];

  constructor(
    private readonly stream: ServerHttp2Stream,
    private readonly log: IngressLog,
    private readonly pages: ErrorPages,
    private readonly accept: string | undefined,
  ) {
    stream.on('close', () => this.clientGone());
  }

  continue(): void {
    if (!this.over && !this.headSent && !this.stream.closed) this.stream.additionalHeaders({ ':status': 100 });
  }

  head(status: number, headers: readonly string[]): void {
    if (this.over || this.headSent || this.stream.closed || this.stream.destroyed) return;
    if (status > HIGHEST_STATUS) {
      this.replace(status);
      return;
    }
    this.headSent = true;
    // Where the length is known there are no trailers; otherwise the stream asks for them after the last byte.
    const waitForTrailers = !hasLength(headers);
    if (waitForTrailers) this.stream.once('wantTrailers', () => this.sendTrailers());
    else this.stream.once('finish', () => this.releaseRequest());
    try {
      this.respond(status, headers, waitForTrailers);
    } catch (error) {
      this.breakOff(error);
    }
  }

  /** 520 is for answers that are unknown or malformed (docs/reference/load-balancing.md section 10). */
  private replace(status: number): void {
    const detail = `The endpoint answered with status ${status}, which cannot be sent over HTTP/2.`;
    const fix = 'Answer with a status below 600. Clients of HTTP/1.1 get this one as it is.';
    this.log.debug({ status }, 'an answer cannot be sent over HTTP/2; the client gets an error page');
    const page = this.pages.render(
      pageOf({ ...edgeError('invalid_response'), detail, fix }, { ray: '', accept: this.accept }),
    );
    this.head(page.status, page.headers);
    this.write(page.body);
    this.end([]);
    // The rest of the answer has nowhere to go.
    this.notifyClose();
  }

  /** As for HTTP/1: the client must not get half of such a header. */
  private breakOff(error: unknown): void {
    this.log.warn({ error: messageOf(error) }, 'a response has a header that cannot be sent; it is broken off');
    this.clientGone();
    this.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }

  private respond(status: number, headers: readonly string[], waitForTrailers: boolean): void {
    try {
      this.stream.respond({ ...fieldsOf(headers), ':status': status }, { waitForTrailers });
    } catch (error) {
      // Node refuses repeated headers that are defined as single. Joined they say the same (RFC 9110 section 5.3).
      if ((error as NodeJS.ErrnoException).code !== 'ERR_HTTP2_HEADER_SINGLE_VALUE') throw error;
      const joined = fieldsOf(headers);
      for (const [name, value] of Object.entries(joined)) {
        if (Array.isArray(value) && name !== 'set-cookie') joined[name] = value.join(', ');
      }
      this.stream.respond({ ...joined, ':status': status }, { waitForTrailers });
    }
  }

  write(chunk: Buffer): boolean {
    if (this.over || this.stream.writableEnded || this.stream.destroyed) return true;
    return this.stream.write(chunk);
  }

  end(trailers: readonly string[]): void {
    if (this.over) return;
    this.over = true;
    this.trailers = trailers;
    this.stream.end();
  }

  private sendTrailers(): void {
    if (this.stream.destroyed || this.stream.closed) return;
    try {
      this.stream.sendTrailers(fieldsOf(this.trailers));
    } catch (error) {
      this.breakOff(error);
      return;
    }
    // A reset sent in the same turn would overtake the trailers.
    setImmediate(() => this.releaseRequest());
  }

  /** A response that is whole before the request is needs no more of the request (RFC 9113 section 8.1). */
  private releaseRequest(): void {
    if (!this.stream.readableEnded && !this.stream.closed) this.stream.close(constants.NGHTTP2_NO_ERROR);
  }

  destroy(): void {
    if (this.over) return;
    this.over = true;
    this.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }

  onDrain(listener: () => void): void {
    if (!this.drainListener) this.stream.on('drain', () => this.drainListener?.());
    this.drainListener = listener;
  }

  onClose(listener: () => void): void {
    if (this.gone) process.nextTick(listener);
    else this.closeListeners.push(listener);
  }

  /** The client went away, or is answered in another way: nothing of this response is sent any more. */
  clientGone(): void {
    if (this.over) return;
    this.over = true;
    this.notifyClose();
  }

  private notifyClose(): void {
    this.gone = true;
    for (const listener of this.closeListeners.splice(0)) listener();
  }
}

function hasLength(headers: readonly string[]): boolean {
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]?.length === 14 && headers[i]?.toLowerCase() === 'content-length') return true;
  }
  return false;
}

function fieldsOf(headers: readonly string[]): OutgoingHttpHeaders {
  // Without a prototype: a header may be called "constructor".
  const fields: OutgoingHttpHeaders = Object.create(null);
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i]?.toLowerCase() ?? '';
    const value = headers[i + 1] ?? '';
    if (OF_CONNECTION.has(name) || name.startsWith(':')) continue;
    // nghttp2 would send it, and the client give up the stream.
    validateHeaderName(name);
    validateHeaderValue(name, value);
    const before = fields[name];
    if (before === undefined) fields[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else fields[name] = [String(before), value];
  }
  return fields;
}
