import ipaddr from 'ipaddr.js';

/*
 * The server's side of SOCKS5 (RFC 1928) with user name and password (RFC 1929): bytes to messages and back, no I/O.
 * What a client may say before it is answered is at most 513 bytes a message, so little more than one read is ever kept.
 */

const VERSION = 5;
const AUTH_VERSION = 1;

/** RFC 1928 section 3. */
export const Method = { NONE: 0x00, PASSWORD: 0x02, NONE_ACCEPTABLE: 0xff } as const;
export type Method = (typeof Method)[keyof typeof Method];

/** RFC 1928 section 6. */
export const Reply = {
  SUCCEEDED: 0,
  FAILURE: 1,
  NOT_ALLOWED: 2,
  NETWORK_UNREACHABLE: 3,
  HOST_UNREACHABLE: 4,
  REFUSED: 5,
  TTL_EXPIRED: 6,
  COMMAND_UNSUPPORTED: 7,
  ADDRESS_UNSUPPORTED: 8,
} as const;
export type Reply = (typeof Reply)[keyof typeof Reply];

export type Command = 'connect' | 'bind' | 'udp_associate' | 'unknown';

/** What a client says, in this order; `credentials` only after it was answered that they are wanted. */
export type SocksMessage =
  | { readonly kind: 'methods'; readonly offered: readonly number[] }
  | { readonly kind: 'credentials'; readonly username: string; readonly password: string }
  | { readonly kind: 'request'; readonly command: Command; readonly host: string; readonly port: number };

/** Why what came is not SOCKS5, or asks for what it does not have. */
export type SocksProblem = 'version' | 'malformed' | 'address_type';

export type SocksRead =
  | { readonly kind: 'message'; readonly message: SocksMessage }
  | { readonly kind: 'more' }
  | { readonly kind: 'problem'; readonly problem: SocksProblem };

const MORE: SocksRead = { kind: 'more' };
const problem = (which: SocksProblem): SocksRead => ({ kind: 'problem', problem: which });

type Stage = 'methods' | 'credentials' | 'request' | 'done';

/** Reads what a client says, however it is cut into pieces. After a problem, and after the request, nothing more is read. */
export class SocksReader {
  private stage: Stage = 'methods';
  private kept: Buffer = Buffer.alloc(0);

  /** The next message, once it is whole. Call again without bytes, as more than one may have come. */
  read(chunk?: Buffer): SocksRead {
    if (chunk && chunk.length > 0) this.kept = this.kept.length === 0 ? chunk : Buffer.concat([this.kept, chunk]);
    const taken = this.take(this.kept);
    if (taken.kind !== 'message') return taken;
    if (taken.message.kind === 'request') this.stage = 'done';
    return taken;
  }

  /** What {@link read} wants next, after the client's methods: its credentials, or at once its request. */
  expect(stage: 'credentials' | 'request'): void {
    this.stage = stage;
  }

  /** What came behind the last message. */
  get rest(): Buffer {
    return this.kept;
  }

  private take(bytes: Buffer): SocksRead {
    switch (this.stage) {
      case 'methods':
        return this.methods(bytes);
      case 'credentials':
        return this.credentials(bytes);
      case 'request':
        return this.request(bytes);
      case 'done':
        return MORE;
    }
  }

  private methods(bytes: Buffer): SocksRead {
    if (bytes.length < 1) return MORE;
    if (bytes[0] !== VERSION) return problem('version');
    const count = bytes[1];
    if (count === undefined) return MORE;
    if (count === 0) return problem('malformed');
    if (bytes.length < 2 + count) return MORE;
    return this.whole(2 + count, { kind: 'methods', offered: [...bytes.subarray(2, 2 + count)] });
  }

  private credentials(bytes: Buffer): SocksRead {
    if (bytes.length < 1) return MORE;
    if (bytes[0] !== AUTH_VERSION) return problem('version');
    const nameLength = bytes[1];
    if (nameLength === undefined) return MORE;
    if (nameLength === 0) return problem('malformed');
    const passwordLength = bytes[2 + nameLength];
    if (passwordLength === undefined) return MORE;
    const passwordAt = 3 + nameLength;
    const end = passwordAt + passwordLength;
    if (bytes.length < end) return MORE;
    const username = bytes.toString('utf8', 2, 2 + nameLength);
    // RFC 1929 wants a password of one byte at least; clients that have none send none, and it is wrong then.
    return this.whole(end, { kind: 'credentials', username, password: bytes.toString('utf8', passwordAt, end) });
  }

  private request(bytes: Buffer): SocksRead {
    if (bytes.length < 1) return MORE;
    if (bytes[0] !== VERSION) return problem('version');
    if (bytes.length < 4) return MORE;
    if (bytes[2] !== 0) return problem('malformed');
    const address = addressAt(bytes, 3);
    if (address === 'more') return MORE;
    if (address === 'unknown') return problem('address_type');
    if (address === 'malformed') return problem('malformed');
    const { host, end } = address;
    if (bytes.length < end + 2) return MORE;
    const port = bytes.readUInt16BE(end);
    return this.whole(end + 2, { kind: 'request', command: COMMANDS[bytes[1] ?? 0] ?? 'unknown', host, port });
  }

  private whole(length: number, message: SocksMessage): SocksRead {
    this.kept = this.kept.subarray(length);
    return { kind: 'message', message };
  }
}

const COMMANDS: Readonly<Record<number, Command>> = { 1: 'connect', 2: 'bind', 3: 'udp_associate' };

const ADDRESS = { IPV4: 1, NAME: 3, IPV6: 4 } as const;

/** Letters and what else stands in names and addresses: no spaces, no control characters. */
const NAME = /^[\x21-\x7e]+$/;

function addressAt(
  bytes: Buffer,
  at: number,
): { readonly host: string; readonly end: number } | 'more' | 'unknown' | 'malformed' {
  const from = at + 1;
  switch (bytes[at]) {
    case ADDRESS.IPV4:
      return bytes.length < from + 4 ? 'more' : ipAt(bytes, from, 4);
    case ADDRESS.IPV6:
      return bytes.length < from + 16 ? 'more' : ipAt(bytes, from, 16);
    case ADDRESS.NAME: {
      const length = bytes[from];
      if (length === undefined) return 'more';
      if (length === 0) return 'malformed';
      const end = from + 1 + length;
      if (bytes.length < end) return 'more';
      const host = bytes.toString('latin1', from + 1, end);
      return NAME.test(host) ? { host, end } : 'malformed';
    }
    default:
      return 'unknown';
  }
}

function ipAt(bytes: Buffer, from: number, length: number): { readonly host: string; readonly end: number } {
  const end = from + length;
  return { host: ipaddr.fromByteArray([...bytes.subarray(from, end)]).toString(), end };
}

/** Which way of saying who one is the server takes. */
export function methodAnswer(method: Method): Buffer {
  return Buffer.from([VERSION, method]);
}

export function credentialsAnswer(accepted: boolean): Buffer {
  return Buffer.from([AUTH_VERSION, accepted ? 0 : 1]);
}

/** The address that RFC 1928 has behind a reply is that of the server's socket, which nobody can use here: 0.0.0.0:0. */
export function replyAnswer(reply: Reply): Buffer {
  return Buffer.from([VERSION, reply, 0, ADDRESS.IPV4, 0, 0, 0, 0, 0, 0]);
}

/** SOCKS4's way of saying no, for its clients to understand that they are refused. */
export const SOCKS4_REFUSED = Buffer.from([0, 0x5b, 0, 0, 0, 0, 0, 0]);
