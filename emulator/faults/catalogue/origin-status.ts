import { STATUS_CODES } from 'node:http';
import { Duplex, Readable } from 'node:stream';
import type { Opened } from '../../reach/reach.js';
import type { OriginStatus } from '../../state/fault.types.js';
import type { ResponseHead } from '../../tunnel/connection.js';
import { canceller } from '../effects/canceller.js';
import type { FaultDefinition } from '../fault.types.js';

/** An answer in the origin's place: to the edge it is the origin's own. Nothing is sent. */
export const originStatus: FaultDefinition<OriginStatus> = {
  drawn: 'each',
  way: ({ status, body = '' }) => ({
    replaces: 'origin',
    detail: `${status} is answered in the origin's place`,
    strike: (opened) => answering(opened, status, Buffer.from(body)),
  }),
};

/** Responses that never have a body (RFC 9110 6.4.1). */
const BODYLESS = new Set([204, 205, 304]);

function answering(opened: Opened, status: number, text: Buffer): Opened {
  const body = BODYLESS.has(status) ? Buffer.alloc(0) : text;
  const headers =
    status === 204 ? [] : ['Content-Type', 'text/plain; charset=utf-8', 'Content-Length', String(body.length)];
  const head: ResponseHead = { status, headers, source: 'origin' };
  return {
    ...opened,
    request: ({ method }, _body, handler) => {
      const exchange = canceller();
      queueMicrotask(() => {
        exchange.unlessAborted(() => handler.head(head));
        if (method !== 'HEAD' && body.length > 0) exchange.unlessAborted(() => handler.data(body));
        exchange.unlessAborted(() => handler.end([]));
      });
      return exchange;
    },
    switching:
      opened.switching.by === 'connector'
        ? { by: 'connector', upgrade: async () => ({ accepted: false, head, body: Readable.from([body]) }) }
        : { by: 'edge', connect: async () => new AnsweringStream(head, body) },
  };
}

/** A connection to an origin that answers the first request and closes. */
class AnsweringStream extends Duplex {
  private answered = false;

  constructor(
    private readonly head: ResponseHead,
    private readonly body: Buffer,
  ) {
    super();
  }

  override _read(): void {}

  override _write(_chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (!this.answered) {
      this.answered = true;
      this.push(`HTTP/1.1 ${this.head.status} ${STATUS_CODES[this.head.status] ?? 'Answered'}\r\n`);
      for (let i = 0; i < this.head.headers.length; i += 2)
        this.push(`${this.head.headers[i]}: ${this.head.headers[i + 1]}\r\n`);
      this.push('Connection: close\r\n\r\n');
      if (this.body.length > 0) this.push(this.body);
      this.push(null);
    }
    done();
  }
}
