import { type ClientHttp2Session, type ClientHttp2Stream, constants, type OutgoingHttpHeaders } from 'node:http2';
import { DEFAULT_LIMITS } from '../../../protocol/session.js';
import { messageOf } from '../../../runtime/errors.js';
import { type Failure, FailureError } from '../connection.js';

/** Streams that may be open at once. */
const MAX_STREAMS = DEFAULT_LIMITS.streams;

/** A stream for one request, and how to say why it closed before its time. */
export interface OpenedStream {
  readonly stream: ClientHttp2Stream;
  failure(): Failure;
}

/** The streams that the edge opened on a session, apart from the control stream and pushes. */
export class Streams {
  /** How many are open. */
  size = 0;
  private whenIdle: (() => void) | undefined;

  constructor(
    private readonly session: ClientHttp2Session,
    /** Why the connection is closed; undefined while it is not. */
    private readonly closed: () => string | undefined,
  ) {}

  get full(): boolean {
    return this.size >= MAX_STREAMS;
  }

  /** @throws FailureError: the connection is closed, or HTTP/2 has no way to say this head. */
  open(headers: OutgoingHttpHeaders, endStream: boolean): OpenedStream {
    const reason = this.closed();
    if (reason !== undefined) throw new FailureError(lost(reason, true));
    let stream: ClientHttp2Stream;
    try {
      stream = this.session.request(headers, { endStream });
    } catch (error) {
      throw new FailureError(
        this.session.closed || this.session.destroyed
          ? lost(messageOf(error), true)
          : { kind: 'unspecified', detail: `the request cannot be sent by HTTP/2: ${messageOf(error)}`, unsent: true },
      );
    }
    this.size++;
    stream.on('close', () => {
      this.size--;
      if (this.size === 0) this.whenIdle?.();
    });
    // Its owner hears 'close', and asks for the failure.
    stream.on('error', () => undefined);
    return { stream, failure: () => this.failureOf(stream) };
  }

  /** Calls `listener` whenever the last open stream ends. */
  onIdle(listener: () => void): void {
    this.whenIdle = listener;
  }

  private failureOf(stream: ClientHttp2Stream): Failure {
    const reason = this.closed();
    if (reason !== undefined) return lost(reason, stream.sentHeaders === undefined);
    if (stream.rstCode === constants.NGHTTP2_REFUSED_STREAM)
      return { kind: 'no_connector', detail: 'the connector refused the stream', unsent: true };
    if (this.session.destroyed || this.session.closed) return lost('the connection broke', false);
    return { kind: 'reset', detail: `the connector reset the stream (code ${stream.rstCode})`, unsent: false };
  }
}

function lost(reason: string, unsent: boolean): Failure {
  return { kind: 'lost', detail: reason || 'the connection is closed', unsent };
}
