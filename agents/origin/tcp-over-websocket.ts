import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { ResetCause } from '../../protocol/messages.js';
import type { ProtocolStream, StreamHandler } from '../../protocol/stream.js';
import type { Deadlines } from '../../runtime/deadlines.js';
import { resetStream } from '../../runtime/reset-stream.js';
import { type DialTarget, dial } from './connect.js';
import type { ExchangeEnd } from './http.js';
import { CloseCode, closeFrame, FrameError, FrameReader, frameHeader, Opcode } from './websocket-frames.js';

/** How long a service may take for the last bytes once its client has left, in milliseconds. */
const FAREWELL = 10_000;

/**
 * A service such as `ssh://localhost:22`: the client speaks WebSocket, the connector ends that and passes its
 * payload on as bytes, and each piece of the answer as one binary message. As cloudflared: whichever side ends
 * first ends the whole, because WebSocket has no half-close.
 */
export class TcpOverWebSocket implements StreamHandler {
  private readonly frames: FrameReader;
  private readonly cancel: () => void;
  private socket: Socket | undefined;
  /** What came before the socket was there, at most the stream's window. */
  private readonly early: Buffer[] = [];
  private endedEarly = false;
  /** Bytes whose credit is returned once the socket has drained. */
  private owed = 0;
  /** How many of them are of the chunk being read. */
  private kept = 0;
  private over = false;

  constructor(
    private readonly stream: ProtocolStream,
    key: string,
    target: DialTarget,
    /** The rule that leads there, as messages name it. */
    private readonly rule: string,
    private readonly deadlines: Deadlines,
    private readonly ended: (end: ExchangeEnd) => void,
  ) {
    this.frames = new FrameReader({
      payload: (chunk) => this.toService(chunk),
      ping: (payload) => {
        this.stream.write(Buffer.concat([frameHeader(Opcode.PONG, payload.length), payload]));
      },
      close: () => this.close(CloseCode.NORMAL),
    });
    this.cancel = dial(target, deadlines, (error, socket) => {
      if (socket) this.open(socket, key);
      else this.fail(error.reset, error.message, true);
    });
  }

  data(chunk: Buffer): void {
    if (this.over) this.stream.consumed(chunk.length);
    else if (!this.socket) this.early.push(chunk);
    else this.read(chunk);
  }

  /** The client ended without the closing handshake. */
  end(): void {
    if (this.socket) this.close(CloseCode.NORMAL);
    else this.endedEarly = true;
  }

  reset(): void {
    if (this.over) {
      this.socket?.destroy();
      return;
    }
    this.cancel();
    this.finish({ cause: ResetCause.CANCELLED });
    if (this.socket) resetStream(this.socket);
  }

  drain(): void {
    this.socket?.resume();
  }

  private open(socket: Socket, key: string): void {
    this.socket = socket;
    const headers = ['Upgrade', 'websocket', 'Connection', 'Upgrade', 'Sec-WebSocket-Accept', acceptOf(key)];
    this.stream.head({ status: 101, headers, source: 'connector' });
    socket.on('data', (chunk: Buffer) => {
      if (this.over) return;
      this.stream.write(frameHeader(Opcode.BINARY, chunk.length));
      if (!this.stream.write(chunk)) socket.pause();
    });
    socket.on('drain', () => this.settle());
    socket.on('end', () => this.close(CloseCode.NORMAL));
    socket.on('error', (error) => this.fail(ResetCause.ORIGIN_RESET, error.message, false));
    socket.on('close', () => this.fail(ResetCause.ORIGIN_RESET, 'the connection was closed', false));
    for (const chunk of this.early.splice(0)) this.data(chunk);
    if (this.endedEarly) this.close(CloseCode.NORMAL);
  }

  private read(chunk: Buffer): void {
    // Headers and control frames are done with at once; payload once the service took it.
    this.kept = 0;
    try {
      this.frames.read(chunk);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.close(CloseCode.PROTOCOL_ERROR);
    }
    this.stream.consumed(chunk.length - this.kept);
  }

  private toService(chunk: Buffer): void {
    const { socket } = this;
    if (!socket || this.over) return;
    if (socket.write(chunk)) return;
    this.owed += chunk.length;
    this.kept += chunk.length;
  }

  private settle(): void {
    const { owed } = this;
    this.owed = 0;
    this.stream.consumed(owed);
  }

  /** The closing handshake; what the service was sent before it still arrives there. */
  private close(code: number): void {
    const { socket } = this;
    if (this.over || !socket) return;
    this.stream.write(closeFrame(code));
    this.stream.end();
    this.settle();
    this.finish({ status: 101 });
    socket.resume();
    socket.destroySoon();
    const deadline = this.deadlines.after(FAREWELL, () => socket.destroy());
    socket.once('close', () => deadline.cancel());
  }

  private fail(cause: ResetCause, why: string, unsent: boolean): void {
    if (this.over) return;
    const detail = `${this.rule}: ${why}`;
    this.stream.reset(cause, detail, unsent);
    this.finish({ cause, detail });
  }

  private finish(end: ExchangeEnd): void {
    this.over = true;
    this.early.length = 0;
    this.ended(end);
  }
}

/** The `Sec-WebSocket-Key` of a request for a WebSocket; undefined if it is none. */
export function webSocketKey(headers: readonly string[]): string | undefined {
  const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'sec-websocket-key');
  return at === -1 ? undefined : headers[at + 1];
}

/** RFC 6455 section 4.2.2. */
function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}
