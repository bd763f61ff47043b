import { BATCH_BYTES, decodeFrames, FRAME_HEADER_BYTES, FrameType, frameHeader, ProtocolError } from './frames.js';
import {
  decodeHead,
  decodeOpen,
  decodeReset,
  decodeTrailers,
  encodeJson,
  type OpenMessage,
  ResetCause,
} from './messages.js';
import { ProtocolStream, type StreamHandler } from './stream.js';

export interface SessionLimits {
  /** Streams open at once: requests, and connections into private networks, which may be idle for long. */
  readonly streams: number;
  /** Bytes a sender may have unacknowledged on one stream. */
  readonly streamWindow: number;
  /** Bytes a sender may have unacknowledged on the whole connection: bounds what slow readers can make the other side hold. */
  readonly connectionWindow: number;
}

export const DEFAULT_LIMITS: SessionLimits = {
  streams: 4096,
  streamWindow: 256 * 1024,
  // 64 streams may stand still with full windows before they hold up the rest.
  connectionWindow: 16 * 1024 * 1024,
};

/** What carries the messages. */
export interface Transport {
  send(message: Buffer): void;
  /** Ends the connection; `reason` is for people, 123 bytes at most arrive. */
  close(reason: string): void;
  /** Runs `flush` at the end of this turn of the event loop. */
  defer(flush: () => void): void;
}

export interface SessionHandler {
  /** Connector only: the edge opened a stream. Returns who handles it. */
  open?(stream: ProtocolStream, message: OpenMessage): StreamHandler;
  /** Frames of the connection itself, other than WINDOW. */
  control(type: FrameType, payload: Buffer): void;
  /** The last open stream ended. */
  idle?(): void;
  /** The peer broke the protocol; the session is already closed. */
  violation?(error: ProtocolError): void;
  /** Who handles a stream failed to take its end, as the session ended: a mistake of ours. The others are told all the same. */
  failed(error: unknown): void;
}

/**
 * Many streams over one message transport, with credit per stream and per connection. Pure: it opens
 * nothing and reads no clock. The edge opens streams, the connector answers them.
 */
export class Session {
  private readonly streams = new Map<number, ProtocolStream>();
  private lastStream = 0;
  private batch: Buffer[] = [];
  private batchBytes = 0;
  private flushing = false;
  /** Bytes we may still send, over all streams. */
  private credit: number;
  /** Bytes the peer may still send. */
  private window: number;
  private taken = 0;
  /** Streams that wait for the connection's credit, in the order in which they shall have it. */
  private readonly blocked = new Set<ProtocolStream>();
  private ended = false;

  constructor(
    readonly role: 'edge' | 'connector',
    private readonly transport: Transport,
    private readonly handler: SessionHandler,
    readonly limits: SessionLimits = DEFAULT_LIMITS,
  ) {
    this.credit = limits.connectionWindow;
    this.window = limits.connectionWindow;
  }

  /** Streams now open. */
  get size(): number {
    return this.streams.size;
  }

  get closed(): boolean {
    return this.ended;
  }

  /** Opens a stream (edge only). The caller checks `size` against the limit first. */
  open(message: OpenMessage, handler: StreamHandler): ProtocolStream {
    if (this.lastStream === 0xffff_ffff) throw new ProtocolError('stream ids are used up');
    const stream = new ProtocolStream(++this.lastStream, this, handler, this.limits.streamWindow);
    this.streams.set(stream.id, stream);
    this.send(FrameType.OPEN, stream.id, encodeJson(message));
    return stream;
  }

  /** Puts a frame into this turn's batch. */
  send(type: FrameType, stream: number, payload: Buffer): void {
    if (this.ended) return;
    this.batch.push(frameHeader(type, stream, payload.length));
    if (payload.length > 0) this.batch.push(payload);
    this.batchBytes += FRAME_HEADER_BYTES + payload.length;
    if (this.batchBytes >= BATCH_BYTES) {
      this.flush();
    } else if (!this.flushing) {
      this.flushing = true;
      this.transport.defer(this.flushDeferred);
    }
  }

  private readonly flushDeferred = (): void => {
    this.flushing = false;
    this.flush();
  };

  /** Sends what is waiting now instead of at the end of the turn. */
  flush(): void {
    if (this.batchBytes === 0 || this.ended) return;
    const message = Buffer.concat(this.batch, this.batchBytes);
    this.batch = [];
    this.batchBytes = 0;
    this.transport.send(message);
  }

  /** Takes a message off the wire. A peer that breaks the protocol loses its connection, with the reason. */
  receive(message: Buffer): void {
    if (this.ended) return;
    try {
      decodeFrames(message, this.take);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.close(`protocol error: ${error.message}`);
      this.handler.violation?.(error);
    }
  }

  private readonly take = (type: FrameType, id: number, payload: Buffer): void => {
    if (this.ended) return;
    if (id === 0) {
      if (type === FrameType.WINDOW) this.grant(readCredit(payload));
      else if (type >= FrameType.OPEN && type <= FrameType.RESET)
        throw new ProtocolError(`frame of type ${type} on stream 0`);
      else this.handler.control(type, payload);
      return;
    }
    if (type === FrameType.OPEN) {
      this.accept(id, payload);
      return;
    }
    if (id > this.lastStream) throw new ProtocolError(`frame of type ${type} on stream ${id}, which was never opened`);
    const stream = this.streams.get(id);
    if (type === FrameType.DATA) {
      this.window -= payload.length;
      if (this.window < 0) throw new ProtocolError('more data than the connection window allows');
      // What was under way when we gave the stream up still used the connection's credit.
      if (!stream) this.consumed(payload.length);
      else stream.receiveData(payload);
      return;
    }
    // A frame for a stream that is over: it crossed our own END or RESET.
    if (!stream) return;
    switch (type) {
      case FrameType.HEAD:
        if (this.role !== 'edge') throw new ProtocolError('HEAD from the edge');
        stream.receiveHead(decodeHead(payload));
        return;
      case FrameType.END:
        stream.receiveEnd(decodeTrailers(payload));
        return;
      case FrameType.RESET: {
        const reset = decodeReset(payload);
        stream.receiveReset(reset);
        return;
      }
      case FrameType.WINDOW:
        stream.grant(readCredit(payload));
        return;
      default:
        throw new ProtocolError(`frame of type ${type} on stream ${id}`);
    }
  };

  private accept(id: number, payload: Buffer): void {
    if (this.role !== 'connector' || !this.handler.open) throw new ProtocolError('OPEN from the connector');
    if (id <= this.lastStream) throw new ProtocolError(`stream ${id} opened after stream ${this.lastStream}`);
    this.lastStream = id;
    const message = decodeOpen(payload);
    const stream = new ProtocolStream(id, this, undefined, this.limits.streamWindow);
    this.streams.set(id, stream);
    if (this.streams.size > this.limits.streams) {
      stream.reset(ResetCause.STREAM_REFUSED, 'too many streams', true);
      return;
    }
    stream.handler = this.handler.open(stream, message);
  }

  /** @internal Called by streams: how much may be sent now, at most `wanted`. */
  draw(stream: ProtocolStream, wanted: number): number {
    const amount = Math.min(wanted, this.credit);
    this.credit -= amount;
    if (amount < wanted) this.blocked.add(stream);
    return amount;
  }

  /** @internal The application took `bytes` that arrived; tells the peer once half the window is used. */
  consumed(bytes: number): void {
    this.taken += bytes;
    if (this.taken > 0 && this.taken * 2 >= this.limits.connectionWindow) {
      this.window += this.taken;
      this.send(FrameType.WINDOW, 0, writeCredit(this.taken));
      this.taken = 0;
    }
  }

  private grant(bytes: number): void {
    this.credit += bytes;
    if (this.credit > this.limits.connectionWindow)
      throw new ProtocolError('more connection credit than was ever used');
    // Each waiting stream sends what it can; one that is still short goes to the end of the line.
    for (const stream of [...this.blocked]) {
      if (this.credit === 0) break;
      this.blocked.delete(stream);
      stream.pump();
    }
  }

  /** @internal */
  forget(stream: ProtocolStream): void {
    this.streams.delete(stream.id);
    this.blocked.delete(stream);
    if (this.streams.size === 0) this.handler.idle?.();
  }

  /** Ends the session from this side: every open stream fails, and the transport is told why. */
  close(reason: string): void {
    if (this.ended) return;
    this.flush();
    this.lost(reason);
    this.transport.close(reason);
  }

  /** The transport is gone: every open stream fails. */
  lost(reason: string): void {
    if (this.ended) return;
    this.ended = true;
    this.batch = [];
    this.batchBytes = 0;
    for (const stream of [...this.streams.values()]) {
      try {
        stream.receiveReset({ cause: ResetCause.LOST, unsent: false, detail: reason });
      } catch (error) {
        this.handler.failed(error);
      }
    }
  }
}

export function writeCredit(bytes: number): Buffer {
  const payload = Buffer.allocUnsafe(4);
  payload.writeUInt32BE(bytes);
  return payload;
}

function readCredit(payload: Buffer): number {
  if (payload.length !== 4) throw new ProtocolError('WINDOW without a number');
  return payload.readUInt32BE(0);
}
