import { headerValue } from '../../forward/answering.js';
import type { ClientResponse } from '../../forward/exchange.js';

/** What came back to a client. */
export interface Answer {
  /** undefined: the answer did not come whole. */
  readonly status: number | undefined;
  /** Flat. */
  readonly headers: readonly string[];
  readonly ray: string | undefined;
}

/** The client's end of a request that is made in this process: it reads all and keeps nothing of the body. */
export function receiver(done: (answer: Answer) => void): ClientResponse {
  let status: number | undefined;
  let headers: readonly string[] = [];
  let over = false;
  const end = (whole: boolean): void => {
    if (over) return;
    over = true;
    done({ status: whole ? status : undefined, headers, ray: headerValue(headers, 'cf-ray') });
  };
  return {
    continue: () => undefined,
    head(code, given) {
      status = code;
      headers = given;
    },
    write: () => true,
    end: () => end(true),
    destroy: () => end(false),
    onDrain: () => undefined,
    onClose: () => undefined,
    get headSent() {
      return status !== undefined;
    },
  };
}

/** The cookies of one client, by name. */
export class Cookies {
  private readonly kept = new Map<string, string>();

  /** Takes what an answer sets. Attributes matter little to a client that speaks to one host only. */
  keep(headers: readonly string[]): void {
    for (let i = 0; i + 1 < headers.length; i += 2) {
      if ((headers[i] as string).toLowerCase() !== 'set-cookie') continue;
      const [pair = ''] = (headers[i + 1] as string).split(';');
      const equals = pair.indexOf('=');
      if (equals > 0) this.kept.set(pair.slice(0, equals).trim(), pair.slice(equals + 1).trim());
    }
  }

  /** undefined: there are none. */
  get header(): string | undefined {
    return this.kept.size === 0 ? undefined : Array.from(this.kept, ([name, value]) => `${name}=${value}`).join('; ');
  }
}
