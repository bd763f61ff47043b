import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { ResetCause, type ResetMessage } from '../../protocol/messages.js';
import type { ProtocolStream, StreamHandler } from '../../protocol/stream.js';
import type { Deadlines } from '../../runtime/deadlines.js';
import { messageOf } from '../../runtime/errors.js';
import { dial } from './connect.js';
import { responseHeaders } from './headers.js';
import type { Destination, ExchangeEnd, HttpOpen } from './http.js';
import type { OriginPool } from './pool.js';
import { Pump } from './pump.js';

/** As for requests (docs/reference/load-balancing.md 10, error 520). */
const MAX_RESPONSE_HEADERS = 128 * 1024;

/**
 * An upgraded connection, such as a WebSocket: over node:http, because undici loses the answer of an origin
 * that refuses (its status and body belong to the client). Every upgrade has a connection of its own.
 */
export class UpgradeExchange implements StreamHandler {
  private readonly pump: Pump;
  private cancel: () => void = () => {};
  private response: IncomingMessage | undefined;
  private over = false;
  private status = 0;
  private readonly pool: OriginPool;
  private readonly rule: string;

  constructor(
    private readonly stream: ProtocolStream,
    private readonly request: HttpOpen,
    private readonly headers: readonly string[],
    { pool, serverName, rule }: Destination,
    deadlines: Deadlines,
    private readonly ended: (end: ExchangeEnd) => void,
  ) {
    this.pool = pool;
    this.rule = rule;
    this.pump = new Pump(stream, rule, (cause, detail) => this.finish(cause, detail));
    this.cancel = dial(pool.target(true, serverName), deadlines, (error, socket) => {
      if (socket) this.send(socket);
      else this.fail(error.reset, error.message, true);
    });
  }

  data(chunk: Buffer): void {
    // After a refusal nobody reads what the client sends.
    if (this.response) this.stream.consumed(chunk.length);
    else this.pump.data(chunk);
  }

  end(): void {
    if (!this.response) this.pump.end();
  }

  reset(_: ResetMessage): void {
    if (this.over) return;
    this.cancel();
    this.pump.reset();
  }

  drain(): void {
    if (this.response) this.response.resume();
    else this.pump.drain();
  }

  private send(socket: Socket): void {
    try {
      this.sendOver(socket);
    } catch (error) {
      // Node refuses a path or header that no HTTP/1.1 message can carry.
      socket.destroy();
      this.fail(ResetCause.INTERNAL, messageOf(error), true);
    }
  }

  private sendOver(socket: Socket): void {
    const sent = httpRequest({
      createConnection: () => socket,
      method: this.request.method,
      path: this.request.path,
      headers: [...this.headers, 'Connection', 'Upgrade', 'Upgrade', protocolOf(this.request.headers)],
      setHost: false,
      maxHeaderSize: MAX_RESPONSE_HEADERS,
    });
    this.cancel = () => sent.destroy();
    sent.on('upgrade', (response, upgraded, first) => {
      // The dial made this socket, so it is one.
      this.accepted(response, upgraded as Socket, first);
    });
    sent.on('response', (response) => this.refused(response));
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const invalid = error.code?.startsWith('HPE_') === true;
      this.fail(invalid ? ResetCause.INVALID_RESPONSE : ResetCause.ORIGIN_RESET, error.message, false);
    });
    sent.end();
  }

  private accepted(response: IncomingMessage, socket: Socket, first: Buffer): void {
    this.cancel = () => {};
    this.status = 101;
    this.pool.works();
    // All headers: Connection and Upgrade are what the client is waiting for.
    this.stream.head({ status: 101, headers: response.rawHeaders, source: 'origin' });
    if (first.length > 0) socket.unshift(first);
    this.pump.attach(socket);
  }

  private refused(response: IncomingMessage): void {
    this.response = response;
    this.status = response.statusCode ?? 502;
    this.pool.works();
    this.stream.head({ status: this.status, headers: responseHeaders(response.rawHeaders), source: 'origin' });
    if (this.stream.closed) {
      // Too large for a frame: the stream has been reset already.
      response.destroy();
      this.finish(ResetCause.INVALID_RESPONSE, `${this.rule}: the response head is too large`);
      return;
    }
    response.on('data', (chunk: Buffer) => {
      if (!this.stream.write(chunk)) response.pause();
    });
    response.on('end', () => {
      this.stream.end(responseHeaders(response.rawTrailers));
      this.finish(undefined);
    });
    response.on('error', (error) => this.fail(ResetCause.ORIGIN_RESET, error.message, false));
  }

  private fail(cause: ResetCause, why: string, unsent: boolean): void {
    if (this.over) return;
    const detail = `${this.rule}: ${why}`;
    this.pool.fails();
    this.stream.reset(cause, detail, unsent);
    this.finish(cause, detail);
  }

  private finish(cause: ResetCause | undefined, detail?: string): void {
    if (this.over) return;
    this.over = true;
    if (cause === undefined) this.ended({ status: this.status });
    else this.ended(detail === undefined ? { cause } : { cause, detail });
  }
}

/** The protocol asked for; the edge may leave out what belongs to its own connection with the client. */
function protocolOf(headers: readonly string[]): string {
  for (let at = 0; at + 1 < headers.length; at += 2) {
    if (headers[at]?.toLowerCase() === 'upgrade') return headers[at + 1] ?? 'websocket';
  }
  return 'websocket';
}
