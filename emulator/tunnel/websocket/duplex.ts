import { ResetCause, type ResetMessage } from '../../../protocol/messages.js';
import type { ProtocolStream } from '../../../protocol/stream.js';
import { FailureError } from '../connection.js';
import { TunnelDuplex } from '../tunnel-duplex.js';
import { failureOf } from './failures.js';

/** A stream as Node's own kind of stream, for what is dialled or upgraded. Half-close and reset go both ways. */
export class StreamDuplex extends TunnelDuplex {
  private held = 0;
  private waiting: (() => void) | undefined;

  constructor(
    private readonly stream: ProtocolStream,
    private readonly connectorId: string,
  ) {
    super();
  }

  /** Bytes from the other side. Their credit is returned once they have been read. */
  receive(chunk: Buffer): void {
    this.held += chunk.length;
    if (this.push(chunk)) this.returnCredit();
  }

  receiveEnd(): void {
    this.push(null);
  }

  receiveReset(reset: ResetMessage): void {
    this.destroy(new FailureError(failureOf(reset, this.connectorId)));
  }

  drained(): void {
    const done = this.waiting;
    this.waiting = undefined;
    done?.();
  }

  private returnCredit(): void {
    const held = this.held;
    this.held = 0;
    if (held > 0) this.stream.consumed(held);
  }

  override _read(): void {
    this.returnCredit();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.stream.write(chunk)) done();
    else this.waiting = done;
  }

  override _final(done: (error?: Error | null) => void): void {
    this.stream.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.stream.closed) this.stream.reset(ResetCause.CANCELLED, error?.message ?? 'closed');
    else this.returnCredit();
    done(error);
  }
}
