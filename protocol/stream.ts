import { FrameType, MAX_DATA_BYTES, MAX_HEAD_BYTES, ProtocolError } from './frames.js';
import {
  encodeJson,
  encodeReset,
  encodeTrailers,
  fitsHead,
  type HeadMessage,
  NO_TRAILERS,
  ResetCause,
  type ResetMessage,
} from './messages.js';
import { type Session, writeCredit } from './session.js';

/** What a stream tells its owner. After `end` and after our own `end`, or after `reset`, nothing more comes. */
export interface StreamHandler {
  /** Edge only. */
  head?(head: HeadMessage): void;
  /** The owner calls {@link ProtocolStream.consumed} once it is done with the bytes. */
  data(chunk: Buffer): void;
  /** The peer is done sending. */
  end(trailers: readonly string[]): void;
  /** The peer gave the stream up, or the connection broke. */
  reset(reset: ResetMessage): void;
  /** Everything written has been handed on; write again. */
  drain(): void;
}

const EMPTY = Buffer.alloc(0);

/** Both directions of one request, upgrade or dial. */
export class ProtocolStream {
  handler: StreamHandler | undefined;
  /** Bytes we may still send. */
  private credit: number;
  /** Bytes the peer may still send. */
  private window: number;
  private taken = 0;
  /** Bytes that arrived and that the owner has not taken yet. */
  private held = 0;
  /** Written, but waiting for credit. */
  private readonly queue: Buffer[] = [];
  private queued = 0;
  private ending: readonly string[] | undefined;
  private sentEnd = false;
  private gotEnd = false;
  private gotHead = false;
  private over = false;

  constructor(
    readonly id: number,
    private readonly session: Session,
    handler: StreamHandler | undefined,
    private readonly windowBytes: number,
  ) {
    this.handler = handler;
    this.credit = windowBytes;
    this.window = windowBytes;
  }

  /** Bytes written that wait for credit. */
  get backlog(): number {
    return this.queued;
  }

  get closed(): boolean {
    return this.over;
  }

  /** Connector only: the response head. */
  head(head: HeadMessage): void {
    if (this.over) return;
    const payload = encodeJson(head);
    if (fitsHead(payload)) this.session.send(FrameType.HEAD, this.id, payload);
    else
      this.reset(ResetCause.INVALID_RESPONSE, `the response head has ${payload.length} bytes, limit ${MAX_HEAD_BYTES}`);
  }

  /** Sends `chunk` as credit allows. False: hold back until `drain`. */
  write(chunk: Buffer): boolean {
    if (this.over || this.sentEnd || this.ending) return false;
    if (chunk.length > 0) {
      this.queue.push(chunk);
      this.queued += chunk.length;
      this.pump(false);
    }
    return this.queued === 0;
  }

  /** No more will be written; what waits is still sent first. */
  end(trailers: readonly string[] = NO_TRAILERS): void {
    if (this.over || this.sentEnd || this.ending) return;
    this.ending = trailers;
    this.finish();
  }

  /**
   * Gives the stream up, both ways. Nothing is called afterwards. On a stream that is already over it only
   * returns the connection's credit for what its owner will not take any more.
   */
  reset(cause: ResetCause, detail: string, unsent = false): void {
    if (!this.over) {
      this.session.send(FrameType.RESET, this.id, encodeReset({ cause, unsent, detail }));
      this.close();
    }
    this.release();
  }

  private release(): void {
    this.session.consumed(this.held);
    this.held = 0;
  }

  /** Returns credit for `bytes` that arrived as data. An owner calls this for all of them, or `reset` in the end. */
  consumed(bytes: number): void {
    const counted = Math.min(bytes, this.held);
    this.held -= counted;
    this.session.consumed(counted);
    if (this.over || this.gotEnd) return;
    this.taken += counted;
    if (this.taken * 2 >= this.windowBytes) {
      this.window += this.taken;
      this.session.send(FrameType.WINDOW, this.id, writeCredit(this.taken));
      this.taken = 0;
    }
  }

  /** @internal Sends what credit allows, in frames of at most {@link MAX_DATA_BYTES}. */
  pump(tell = true): void {
    const waiting = this.queued > 0;
    while (this.queued > 0 && this.credit > 0) {
      const first = this.queue[0] as Buffer;
      const wanted = Math.min(first.length, MAX_DATA_BYTES, this.credit);
      const amount = this.session.draw(this, wanted);
      if (amount === 0) break;
      this.credit -= amount;
      this.queued -= amount;
      if (amount === first.length) {
        this.queue.shift();
        this.session.send(FrameType.DATA, this.id, first);
      } else {
        this.queue[0] = first.subarray(amount);
        this.session.send(FrameType.DATA, this.id, first.subarray(0, amount));
      }
    }
    if (this.queued > 0) return;
    this.finish();
    if (tell && waiting && !this.over && !this.ending) this.handler?.drain();
  }

  private finish(): void {
    if (!this.ending || this.sentEnd || this.queued > 0) return;
    this.sentEnd = true;
    const payload = this.ending.length === 0 ? EMPTY : encodeTrailers(this.ending);
    this.session.send(FrameType.END, this.id, payload);
    if (this.gotEnd) this.close();
  }

  /** @internal */
  grant(bytes: number): void {
    this.credit += bytes;
    if (this.credit > this.windowBytes) throw new ProtocolError(`more credit on stream ${this.id} than was ever used`);
    this.pump();
  }

  /** @internal */
  receiveHead(head: HeadMessage): void {
    if (this.gotHead) throw new ProtocolError(`second HEAD on stream ${this.id}`);
    if (this.gotEnd) throw new ProtocolError(`HEAD after END on stream ${this.id}`);
    this.gotHead = true;
    this.handler?.head?.(head);
  }

  /** @internal */
  receiveData(chunk: Buffer): void {
    if (this.gotEnd) throw new ProtocolError(`DATA after END on stream ${this.id}`);
    if (this.session.role === 'edge' && !this.gotHead) throw new ProtocolError(`DATA before HEAD on stream ${this.id}`);
    this.window -= chunk.length;
    if (this.window < 0) throw new ProtocolError(`more data than the window of stream ${this.id} allows`);
    this.held += chunk.length;
    this.handler?.data(chunk);
  }

  /** @internal */
  receiveEnd(trailers: readonly string[]): void {
    if (this.gotEnd) throw new ProtocolError(`second END on stream ${this.id}`);
    if (this.session.role === 'edge' && !this.gotHead) throw new ProtocolError(`END before HEAD on stream ${this.id}`);
    this.gotEnd = true;
    if (this.sentEnd) this.close();
    this.handler?.end(trailers);
  }

  /** @internal */
  receiveReset(reset: ResetMessage): void {
    this.close();
    this.release();
    this.handler?.reset(reset);
  }

  private close(): void {
    if (this.over) return;
    this.over = true;
    this.queue.length = 0;
    this.queued = 0;
    this.session.forget(this);
  }
}
