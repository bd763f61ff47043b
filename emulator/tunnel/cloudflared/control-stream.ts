import { type ClientHttp2Session, type ClientHttp2Stream, constants } from 'node:http2';
import { messageOf } from '../../../runtime/errors.js';
import { MessageReader } from './framing.js';
import { PURPOSE } from './headers.js';
import type { RpcServer } from './rpc.js';

export interface ControlStreamListener {
  /** A message was handled, and its answer is on its way. */
  handled(): void;
  /** Nothing more will come: the connector ended it, or what it sent cannot be understood. */
  ended(reason: string): void;
}

/**
 * The first stream on a connection: its two bodies carry Cap'n Proto RPC, in which the connector is the client and the
 * edge, which opened the stream, the server (docs/reference/cloudflared-wire.md 3).
 */
export class ControlStream {
  private readonly stream: ClientHttp2Stream;
  private readonly reader = new MessageReader();
  private over = false;

  constructor(
    session: ClientHttp2Session,
    private readonly rpc: RpcServer,
    private readonly listener: ControlStreamListener,
  ) {
    this.stream = session.request(
      { ':method': 'GET', ':scheme': 'http', ':authority': 'edge', ':path': '/', [PURPOSE]: 'control-stream' },
      { endStream: false },
    );
    this.stream.on('response', (headers) => {
      const status = headers[':status'];
      if (status !== 200) this.fail(`the connector answered the control stream with status ${status}`);
    });
    this.stream.on('data', (chunk: Buffer) => this.receive(chunk));
    this.stream.on('end', () => this.end('the connector ended the control stream'));
    this.stream.on('close', () => this.end('the connector closed the control stream'));
    this.stream.on('error', () => undefined);
  }

  private receive(chunk: Buffer): void {
    if (this.over) return;
    try {
      for (const message of this.reader.take(chunk)) {
        const answer = this.rpc.receive(message);
        // Nothing bounds what a peer asks but that it must read the answers first.
        if (answer && !this.stream.write(answer)) this.pauseUntilRead();
        this.listener.handled();
        if (this.over) return;
      }
    } catch (error) {
      // Whatever it is: decoders fail in many ways, and all of them mean that the stream makes no sense.
      this.fail(`the connector's messages cannot be understood: ${messageOf(error)}`);
    }
  }

  private pauseUntilRead(): void {
    this.stream.pause();
    this.stream.once('drain', () => this.stream.resume());
  }

  /** Ends the edge's side; `sent` is called once everything said before is on its way. */
  finish(sent: () => void): void {
    this.over = true;
    if (this.stream.destroyed) sent();
    else this.stream.end(sent);
  }

  private fail(reason: string): void {
    this.end(reason);
    this.stream.close(constants.NGHTTP2_CANCEL);
  }

  private end(reason: string): void {
    if (this.over) return;
    this.over = true;
    this.listener.ended(reason);
  }
}
