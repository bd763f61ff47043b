/** The head of an HTTP/1 request that asks for a tunnel (RFC 9110 section 9.3.6). */
export interface ConnectHead {
  readonly method: string;
  /** `host:port`, unchecked. */
  readonly target: string;
  /** Flat: name, value, name, value. */
  readonly headers: readonly string[];
}

export type HeadRead =
  | { readonly kind: 'head'; readonly head: ConnectHead; readonly rest: Buffer }
  | { readonly kind: 'more' }
  | { readonly kind: 'problem'; readonly problem: 'malformed' | 'too_large' };

const END = '\r\n\r\n';
/** RFC 9112 section 3; a target is visible ASCII. */
const REQUEST_LINE = /^([A-Z]{1,24}) ([\x21-\x7e]+) HTTP\/1\.[01]$/;
/** RFC 9110 section 5: a token, and a value without control characters. No folding, which is obsolete. */
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/;

/** Reads a head, however it is cut into pieces. Keeps at most `limit` bytes and one read. */
export class HeadReader {
  private kept: Buffer = Buffer.alloc(0);

  constructor(private readonly limit: number) {}

  read(chunk: Buffer): HeadRead {
    // An end that is cut in two is found with the three bytes before it.
    const from = Math.max(0, this.kept.length - (END.length - 1));
    this.kept = this.kept.length === 0 ? chunk : Buffer.concat([this.kept, chunk]);
    const end = this.kept.indexOf(END, from, 'latin1');
    if (end > this.limit || (end < 0 && this.kept.length > this.limit))
      return { kind: 'problem', problem: 'too_large' };
    if (end < 0) return { kind: 'more' };
    const head = parseHead(this.kept.toString('latin1', 0, end));
    if (!head) return { kind: 'problem', problem: 'malformed' };
    return { kind: 'head', head, rest: this.kept.subarray(end + END.length) };
  }
}

function parseHead(text: string): ConnectHead | undefined {
  const [first = '', ...lines] = text.split('\r\n');
  const [, method, target] = REQUEST_LINE.exec(first) ?? [];
  if (method === undefined || target === undefined) return undefined;
  const headers: string[] = [];
  for (const line of lines) {
    const [, name, value] = HEADER.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    headers.push(name, value.trimEnd());
  }
  return { method, target, headers };
}

/** A user name and a password, as Basic has them (RFC 7617); undefined when it is none. */
export function basicCredentials(
  header: string | undefined,
): { readonly username: string; readonly password: string } | undefined {
  const [, encoded] = /^basic +([A-Za-z0-9+/=_-]+)$/i.exec(header ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}
