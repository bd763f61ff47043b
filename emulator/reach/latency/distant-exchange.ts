import type { Readable } from 'node:stream';
import type { Exchange, Failure, RequestHead, ResponseHandler, ResponseHead } from '../../tunnel/connection.js';
import type { Opened } from '../reach.js';
import { type Crossing, closeCrossing, sendBytes } from './crossing.js';
import { DistantBody } from './distant-body.js';

/** One request to somebody who is far: each piece of it, and of the answer, takes its time. */
export class DistantExchange implements Exchange, ResponseHandler {
  private readonly body: DistantBody | null;
  private exchange: Exchange | undefined;
  private answering: () => void = () => undefined;
  private answered = false;
  private over = false;

  constructor(
    opened: Pick<Opened, 'request'>,
    head: RequestHead,
    body: Readable | null,
    private readonly handler: ResponseHandler,
    private readonly crossing: Crossing,
  ) {
    const { out, back } = crossing;
    back.room = () => this.exchange?.resume();
    // Its bytes come in a later turn: the head is sent before them.
    this.body = body && new DistantBody(body, out, () => this.asked());
    out.send(() => {
      this.exchange = opened.request(head, this.body, this);
      if (!this.body) this.asked();
    });
  }

  /** All of the request is there. */
  private asked(): void {
    if (!this.answered && !this.over) this.answering = this.crossing.awaitAnswer();
  }

  head(head: ResponseHead): void {
    this.crossing.back.send(() => this.handler.head(head));
    this.begun();
  }

  data(chunk: Buffer): boolean {
    const { back } = this.crossing;
    return sendBytes(back, chunk, (piece) => {
      if (!this.handler.data(piece)) back.pause();
    });
  }

  end(trailers: readonly string[]): void {
    this.crossing.back.send(() => {
      this.finish();
      this.handler.end(trailers);
    });
    this.begun();
  }

  fail(failure: Failure): void {
    this.crossing.back.send(() => {
      this.finish();
      this.handler.fail(failure);
    });
    this.begun();
  }

  /** What is left of the request has nobody to go to. */
  private finish(): void {
    this.over = true;
    this.body?.destroy();
    closeCrossing(this.crossing);
  }

  private begun(): void {
    this.answered = true;
    this.answering();
  }

  resume(): void {
    this.crossing.back.resume();
  }

  /** At once at both ends: a client that goes away leaves nothing behind, also on a clock that stands still. */
  abort(): void {
    if (this.over) return;
    this.answering();
    this.exchange?.abort();
    this.finish();
  }
}
