import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2';
import type { Readable } from 'node:stream';
import { type Exchange, FailureError, type ResponseHandler } from '../connection.js';
import { responseHead } from './headers.js';
import type { OpenedStream } from './streams.js';

/** One HTTP request over a stream of HTTP/2. Either side is read only as fast as the other takes it. */
export class HttpExchange implements Exchange {
  private stream: ClientHttp2Stream | undefined;
  private trailers: readonly string[] = [];
  private over = false;

  constructor(
    private readonly body: Readable | null,
    private readonly handler: ResponseHandler,
  ) {}

  /** @param open opens the stream, or throws a {@link FailureError} */
  start(open: () => OpenedStream): void {
    let opened: OpenedStream;
    try {
      opened = open();
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      queueMicrotask(() => {
        if (this.over) return;
        this.over = true;
        this.handler.fail(error.failure);
      });
      return;
    }
    const { stream } = opened;
    this.stream = stream;
    stream.on('response', (headers) => this.responded(stream, headers));
    // Node gives the raw list as well, whose names are told apart as they were sent.
    stream.on('trailers', (_fields: object, _flags: number, ...more: unknown[]) => {
      const [raw] = more;
      if (Array.isArray(raw)) this.trailers = raw as string[];
    });
    stream.on('close', () => {
      if (this.over) return;
      this.over = true;
      this.handler.fail(opened.failure());
    });
    this.sendBody(stream);
  }

  private sendBody(stream: ClientHttp2Stream): void {
    const { body } = this;
    if (!body) return;
    body.on('data', (chunk: Buffer) => {
      if (!stream.closed && !stream.write(chunk)) body.pause();
    });
    stream.on('drain', () => body.resume());
    body.on('end', () => stream.end());
    body.on('close', () => {
      if (!body.readableEnded) this.abort();
    });
    body.on('error', () => this.abort());
  }

  private responded(stream: ClientHttp2Stream, headers: IncomingHttpHeaders): void {
    if (this.over) return;
    this.handler.head(responseHead(headers));
    // Not before: when much comes in one read, Node tells of a body's first bytes before it tells of the head.
    stream.on('data', (chunk: Buffer) => {
      if (!this.over && !this.handler.data(chunk)) stream.pause();
    });
    stream.on('end', () => this.ended());
  }

  resume(): void {
    this.stream?.resume();
  }

  private ended(): void {
    // What was reset ends as well, and then it was not whole.
    if (this.over || this.stream?.rstCode || this.stream?.aborted) return;
    this.over = true;
    // The answer is whole; what is left of the request's body is of no use to anybody.
    if (this.body && !this.body.readableEnded) this.stream?.close(constants.NGHTTP2_NO_ERROR);
    this.handler.end(this.trailers);
  }

  abort(): void {
    if (this.over) return;
    this.over = true;
    this.stream?.close(constants.NGHTTP2_CANCEL);
  }
}
