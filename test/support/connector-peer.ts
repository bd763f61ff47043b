import { once } from 'node:events';
import WebSocket from 'ws';
import { decodeFrames, encodeFrame, FrameType } from '../../protocol/frames.js';
import { encodeJson, SUBPROTOCOL } from '../../protocol/messages.js';
import { randomUuid } from '../../runtime/ids.js';

export interface Frame {
  readonly type: FrameType;
  readonly stream: number;
  readonly payload: Buffer;
}

/**
 * The connector's end of the wire, frame by frame: for what a well-behaved connector never does. Real sockets,
 * no session of its own.
 */
export class ConnectorPeer {
  readonly frames: Frame[] = [];
  private waiting: (() => void)[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (message: Buffer) => {
      decodeFrames(message, (type, stream, payload) => this.frames.push({ type, stream, payload }));
      for (const wake of this.waiting.splice(0)) wake();
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
        for (const wake of this.waiting.splice(0)) wake();
      });
    });
    socket.on('error', () => undefined);
  }

  static async dial(url: string, token: string): Promise<ConnectorPeer> {
    const socket = new WebSocket(url, SUBPROTOCOL, {
      headers: { authorization: `Bearer ${token}` },
      perMessageDeflate: false,
    });
    const peer = new ConnectorPeer(socket);
    await once(socket, 'open');
    return peer;
  }

  /** Dials and registers. */
  static async connect(
    url: string,
    token: string,
    options: { id?: string; index?: number; location?: string } = {},
  ): Promise<ConnectorPeer> {
    const peer = await ConnectorPeer.dial(url, token);
    peer.register(options);
    await peer.next(FrameType.REGISTERED);
    return peer;
  }

  /** Answers the configuration that it is pushed, after which the edge gives it requests. */
  async acknowledge(): Promise<void> {
    const { serial, version } = JSON.parse(String((await this.next(FrameType.CONFIG)).payload));
    this.json(FrameType.CONFIG_ACK, 0, { serial, version });
  }

  register(options: { id?: string; index?: number; location?: string } = {}): void {
    const { id = randomUuid(), index = 0, location } = options;
    this.json(FrameType.REGISTER, 0, {
      connector_id: id,
      index,
      version: 'test',
      arch: 'test',
      features: [],
      ...(location ? { location } : {}),
    });
  }

  send(type: FrameType, stream: number, payload: Buffer = Buffer.alloc(0)): void {
    this.raw(encodeFrame(type, stream, payload));
  }

  json(type: FrameType, stream: number, message: object): void {
    this.send(type, stream, encodeJson(message));
  }

  raw(message: Buffer | string): void {
    this.socket.send(message);
  }

  /** The next frame of a type that was not taken yet, waiting for it if need be. */
  async next(type: FrameType): Promise<Frame> {
    for (;;) {
      const at = this.frames.findIndex((frame) => frame.type === type);
      if (at >= 0) return this.frames.splice(at, 1)[0] as Frame;
      if (this.socket.readyState >= WebSocket.CLOSING) throw new Error('the edge closed the connection');
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** Breaks the socket without a word. */
  break(): void {
    this.socket.terminate();
  }

  close(): void {
    this.socket.close();
  }
}
