import { isIPv4, isIPv6, type Socket } from 'node:net';
import ipaddr from 'ipaddr.js';
import { dial, readUntil } from './client.js';

export interface Wish {
  readonly host: string;
  readonly port: number;
  /** Shown together with a password. Absent: the client offers to say nothing. */
  readonly user?: string;
  readonly password?: string;
  /** RFC 1928 section 4. Default 1, CONNECT. */
  readonly command?: number;
}

/** What came of a SOCKS5 handshake: the reply's code (RFC 1928 section 6), or that it did not get that far. */
export interface Handshake {
  readonly reply: number | 'no acceptable method' | 'wrong credentials';
  readonly socket: Socket;
}

/** Asks for a connection as a SOCKS5 client would that has been written after the RFCs, and not after our code. */
export async function socks(url: string, wish: Wish): Promise<Handshake> {
  const socket = await dial(url);
  const answer = async (length: number): Promise<string> => {
    const text = await readUntil(socket, (said) => said.length >= length);
    // What is behind the handshake is the other side's.
    if (text.length > length) socket.unshift(Buffer.from(text.slice(length), 'latin1'));
    return text;
  };
  socket.write(Buffer.from(wish.user === undefined ? [5, 1, 0] : [5, 2, 0, 2]));
  const method = (await answer(2)).charCodeAt(1);
  if (method === 0xff) return { reply: 'no acceptable method', socket };
  if (method === 2) {
    const [user, password] = [Buffer.from(wish.user ?? ''), Buffer.from(wish.password ?? '')];
    socket.write(Buffer.concat([Buffer.from([1, user.length]), user, Buffer.from([password.length]), password]));
    if ((await answer(2)).charCodeAt(1) !== 0) return { reply: 'wrong credentials', socket };
  }
  socket.write(
    Buffer.concat([
      Buffer.from([5, wish.command ?? 1, 0]),
      addressOf(wish.host),
      Buffer.from([wish.port >> 8, wish.port & 255]),
    ]),
  );
  return { reply: (await answer(10)).charCodeAt(1), socket };
}

function addressOf(host: string): Buffer {
  if (isIPv4(host)) return Buffer.from([1, ...ipaddr.parse(host).toByteArray()]);
  if (isIPv6(host) && !host.includes('%')) return Buffer.from([4, ...ipaddr.parse(host).toByteArray()]);
  return Buffer.concat([Buffer.from([3, host.length]), Buffer.from(host)]);
}

/** Asks for a connection by HTTP's CONNECT. The answer is its head, and for a refusal its page. */
export async function connectBy(
  url: string,
  authority: string,
  headers: readonly string[] = [],
): Promise<{ readonly status: number; readonly text: string; readonly socket: Socket }> {
  const socket = await dial(url);
  socket.write([`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`, ...headers, '', ''].join('\r\n'));
  const whole = (text: string): boolean => {
    const end = text.indexOf('\r\n\r\n');
    const length = /^content-length: (\d+)/im.exec(text)?.[1] ?? '0';
    return end >= 0 && text.length >= end + 4 + Number(length);
  };
  const text = await readUntil(socket, whole);
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), text, socket };
}

export function basic(user: string, password: string): string {
  return `Proxy-Authorization: Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
