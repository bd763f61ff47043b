import type { Socket } from 'node:net';
import type { EdgeError } from '../forward/edge-errors.js';
import { pageOf } from '../forward/pages.js';
import type { Http1Response } from './http1-response.js';
import type { IngressContext } from './ingress.types.js';

/** What ingress knows of one HTTP/1 connection: which responses are open on it, in order, and whether it is to go on. */
export class Http1Connection {
  private readonly open: Http1Response[] = [];
  private ending = false;
  private answered = false;
  private handedOver = false;
  /** Requests that came while too many were in progress: what serves them, in order. */
  private readonly waiting: (() => void)[] = [];
  private reading = true;
  private sentAhead = false;
  private admitting = false;

  /** `tunnelled`: the client reached what it speaks to here by CONNECT. */
  constructor(
    readonly socket: Socket,
    private readonly context: IngressContext,
    readonly tunnelled: boolean,
  ) {
    // Node writes a head that goes out by itself in the socket's encoding, and header values are bytes (RFC 9110 section 5.5).
    socket.setDefaultEncoding('latin1');
    socket.once('close', () => {
      for (const response of this.open.splice(0)) response.clientGone();
    });
  }

  /** True once it takes no further request. */
  get leaving(): boolean {
    return this.ending;
  }

  /** Whether a request is still to be answered. */
  get busy(): boolean {
    return this.open.length > 0 || this.waiting.length > 0;
  }

  /** Whether a request that comes now has to {@link wait}. */
  get full(): boolean {
    return this.open.length >= this.context.limits.pipelinedRequests || this.waiting.length > 0;
  }

  /** The response of the request that is being received, if any. */
  get receiving(): Http1Response | undefined {
    const last = this.open[this.open.length - 1];
    return last?.received === false ? last : undefined;
  }

  begin(response: Http1Response): void {
    this.open.push(response);
  }

  /** Takes a response off that has been given its end. */
  end(response: Http1Response): void {
    if (this.open[0] === response) this.open.shift();
    else {
      const at = this.open.indexOf(response);
      if (at >= 0) this.open.splice(at, 1);
    }
    if (this.ending && this.open.length === 0) response.onFlushed(() => this.socket.destroySoon());
    else if (this.waiting.length > 0 && !this.admitting) {
      this.admitting = true;
      process.nextTick(admit, this);
    }
  }

  /**
   * Keeps a request until an earlier one is answered, and reads nothing more until then. Some more may come all the
   * same: what was in the same packet is parsed already. Those in progress lack nothing, or none could have come after.
   */
  wait(serve: () => void): void {
    this.waiting.push(serve);
    if (!this.reading) return;
    this.reading = false;
    if (!this.sentAhead) {
      this.sentAhead = true;
      this.context.log.debug(
        { client: this.socket.remoteAddress, limit: this.context.limits.pipelinedRequests },
        'a client sent more requests ahead than are taken at a time; the others wait',
      );
      // Whoever reads a body that has arrived sets the socket going without need.
      this.socket.on('resume', () => {
        if (!this.reading) this.socket.pause();
      });
    }
    this.socket.pause();
  }

  /** @internal Serves what waits, as far as there is room. */
  admitWaiting(): void {
    const { pipelinedRequests } = this.context.limits;
    // An answer that was broken off takes the socket with it.
    while (!this.ending && !this.socket.destroyed && this.open.length < pipelinedRequests) {
      const serve = this.waiting.shift();
      if (!serve) break;
      // The last may have a body that is not here yet.
      if (this.waiting.length === 0) this.read();
      serve();
    }
    this.admitting = false;
  }

  private read(): void {
    this.reading = true;
    this.socket.resume();
  }

  /** Takes no further request; closes once what is open has been answered. */
  leave(): void {
    this.lastRequest();
    if (this.open.length === 0 && !this.answered && !this.handedOver) this.socket.destroySoon();
  }

  /** The socket now speaks something else: it ends with whoever has it. */
  handOver(): void {
    this.handedOver = true;
  }

  /** Marks the connection as ended by the response that is open: nothing that follows on it is read as a request. */
  lastRequest(): void {
    this.ending = true;
  }

  /**
   * Answers past Node's own bookkeeping, for what never became a request or stopped being one, and closes. Reading
   * goes on for a moment: a socket closed with unread bytes resets the connection, and the page may be lost.
   */
  refuse(error: EdgeError): void {
    if (this.answered) return;
    this.answered = true;
    this.lastRequest();
    // Behind the head of a response, or in place of an earlier one, a page would be taken for something else.
    const misread = this.open.length > 1 || this.open[0]?.headSent === true;
    for (const response of this.open.splice(0)) response.clientGone();
    const { socket } = this;
    if (misread || !socket.writable) {
      socket.destroy();
      return;
    }
    const page = this.context.forwarder.pages.render(pageOf(error, { ray: '' }));
    let head = `HTTP/1.1 ${page.status} ${error.title}\r\n`;
    for (let i = 0; i + 1 < page.headers.length; i += 2) head += `${page.headers[i]}: ${page.headers[i + 1]}\r\n`;
    socket.write(`${head}connection: close\r\n\r\n`, 'latin1');
    socket.end(page.body);
    socket.resume();
    const lingering = this.context.deadlines.after(this.context.limits.lingerTimeout, () => socket.destroy());
    socket.once('close', () => lingering.cancel());
  }
}

function admit(connection: Http1Connection): void {
  connection.admitWaiting();
}
