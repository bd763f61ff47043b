import type { RecordedBody, RecordedExchange, RecordedMessage } from '../observe/journal.types.js';
import type { RecordSettings } from '../state/objects.js';
import type { ClientRequest, ClientResponse } from './exchange.js';

/** Keeps of one exchange what `settings.record` says. Copies what passes by; nothing waits for it. */
export class Recording {
  private readonly sent: BodyCopy;
  private readonly received: BodyCopy;
  private sentWhole: boolean;
  private responseHeaders: readonly string[] | undefined;

  /** undefined when nothing is to be recorded. */
  static of(request: ClientRequest, { headers, bodies }: RecordSettings): Recording | undefined {
    return headers || bodies > 0 ? new Recording(request, bodies) : undefined;
  }

  private constructor(
    private readonly request: ClientRequest,
    limit: number,
  ) {
    this.sent = new BodyCopy(limit);
    this.received = new BodyCopy(limit);
    this.sentWhole = request.body === null;
  }

  requestBody(chunk: Buffer): void {
    this.sent.take(chunk);
  }

  /** The client has sent all of its body. */
  requestIsWhole(): void {
    this.sentWhole = true;
  }

  /** The same response, which tells of what it is given. */
  watch(response: ClientResponse): ClientResponse {
    return {
      continue: () => response.continue(),
      head: (status, headers) => {
        this.responseHeaders = headers;
        response.head(status, headers);
      },
      write: (chunk) => {
        this.received.take(chunk);
        return response.write(chunk);
      },
      end: (trailers) => response.end(trailers),
      destroy: () => response.destroy(),
      onDrain: (listener) => response.onDrain(listener),
      onClose: (listener) => response.onClose(listener),
      get headSent() {
        return response.headSent;
      },
    };
  }

  /** @param complete whether the response came to its end */
  exchange(complete: boolean): RecordedExchange {
    const { request, responseHeaders } = this;
    const response: RecordedMessage | undefined = responseHeaders && {
      headers: responseHeaders,
      body: this.received.taken(complete),
    };
    return {
      authority: request.authority,
      request: { headers: request.headers, body: this.sent.taken(this.sentWhole) },
      ...(response ? { response } : {}),
    };
  }
}

/** The beginning of what passes by. */
class BodyCopy {
  private readonly chunks: Buffer[] = [];
  private room: number;
  private fits = true;

  constructor(limit: number) {
    this.room = limit;
  }

  take(chunk: Buffer): void {
    if (chunk.length > this.room) this.fits = false;
    if (this.room === 0) return;
    // A copy: a piece would hold on to all of the buffer that it is cut from.
    const piece = Buffer.from(chunk.subarray(0, this.room));
    this.room -= piece.length;
    this.chunks.push(piece);
  }

  /** @param whole whether all of it passed by */
  taken(whole: boolean): RecordedBody {
    return { kept: Buffer.concat(this.chunks), whole: whole && this.fits };
  }
}
