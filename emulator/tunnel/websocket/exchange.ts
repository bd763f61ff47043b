import type { Readable } from 'node:stream';
import { ResetCause, type ResetMessage } from '../../../protocol/messages.js';
import type { ProtocolStream, StreamHandler } from '../../../protocol/stream.js';
import type { Exchange, ResponseHandler, ResponseHead } from '../connection.js';
import { saidBy } from '../said-by.js';
import { failureOf } from './failures.js';

/**
 * One HTTP request over a stream. This is the path of every request, so it is one object with two roles: the
 * stream's handler towards the connector and the exchange towards the sender.
 */
export class StreamExchange implements Exchange, StreamHandler {
  private stream: ProtocolStream | undefined;
  private paused = false;
  /** Bytes handed on while paused: their credit is kept back until the sender resumes. */
  private held = 0;
  private over = false;

  constructor(
    private readonly body: Readable | null,
    private readonly handler: ResponseHandler,
    private readonly connectorId: string,
  ) {}

  start(stream: ProtocolStream): void {
    this.stream = stream;
    const body = this.body;
    if (!body) {
      stream.end();
      return;
    }
    body.on('data', (chunk: Buffer) => {
      if (!this.over && !stream.write(chunk)) body.pause();
    });
    body.on('end', () => stream.end());
    body.on('close', () => {
      if (!body.readableEnded) this.abort();
    });
    body.on('error', () => this.abort());
  }

  drain(): void {
    this.body?.resume();
  }

  head(head: ResponseHead): void {
    if (head.status === 101) {
      // Nobody asked for another protocol on this stream.
      this.over = true;
      this.stream?.reset(ResetCause.CANCELLED, 'unexpected 101');
      this.handler.fail({
        kind: 'invalid_response',
        detail: 'the answer is 101 to a request that asked for no upgrade',
        unsent: false,
      });
      return;
    }
    this.handler.head(head.detail === undefined ? head : { ...head, detail: saidBy(this.connectorId, head.detail) });
  }

  data(chunk: Buffer): void {
    if (!this.handler.data(chunk)) this.paused = true;
    if (this.over) return;
    if (this.paused) this.held += chunk.length;
    else this.stream?.consumed(chunk.length);
  }

  resume(): void {
    this.paused = false;
    const held = this.held;
    this.held = 0;
    if (held > 0) this.stream?.consumed(held);
  }

  end(trailers: readonly string[]): void {
    this.over = true;
    // The answer is whole; what is left of the request's body is of no use to anybody.
    if (this.body && !this.body.readableEnded) this.stream?.reset(ResetCause.CANCELLED, 'the response is complete');
    else if (this.held > 0) this.stream?.consumed(this.held);
    this.handler.end(trailers);
  }

  reset(reset: ResetMessage): void {
    this.over = true;
    this.handler.fail(failureOf(reset, this.connectorId));
  }

  abort(): void {
    if (this.over) return;
    this.over = true;
    this.stream?.reset(ResetCause.CANCELLED, 'the client went away');
  }
}
