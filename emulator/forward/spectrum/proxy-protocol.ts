import { type IpAddress, parseIp } from '../../network/ip-address.js';

/*
 * The header of the PROXY protocol, by which a proxy tells whom it speaks for:
 * https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt, version 1 in section 2.1, version 2 in 2.2.
 */

export interface ProxiedAddress {
  readonly ip: string;
  readonly port: number;
}

/** Who connected, and where to. IPv4 inside IPv6 counts as IPv4. */
export interface ProxiedConnection {
  readonly source: ProxiedAddress;
  readonly destination: ProxiedAddress;
}

/** The header, which goes before all else. An address that is none makes it that of a connection nobody knows. */
export function proxyHeader(version: 'v1' | 'v2', connection: ProxiedConnection): Buffer {
  const { source, destination } = connection;
  const [from, to] = [parseIp(source.ip), parseIp(destination.ip)];
  const write = version === 'v1' ? textHeader : binaryHeader;
  return write(from && to && pairOf(from, to), [source.port, destination.port]);
}

interface Pair {
  readonly family: 4 | 6;
  readonly addresses: readonly [source: IpAddress, destination: IpAddress];
}

/** The header has room for two addresses of one family: IPv4 beside IPv6 is written inside IPv6. */
function pairOf(source: IpAddress, destination: IpAddress): Pair {
  if (source.family === destination.family) return { family: source.family, addresses: [source, destination] };
  return { family: 6, addresses: [insideIpv6(source), insideIpv6(destination)] };
}

function insideIpv6(ip: IpAddress): IpAddress {
  if (ip.family === 6) return ip;
  return { family: 6, words: [0, 0, 0xffff, ...ip.words], text: `::ffff:${ip.text}` };
}

/** A line of at most 107 bytes. */
function textHeader(pair: Pair | undefined, ports: readonly number[]): Buffer {
  const words = pair ? [`TCP${pair.family}`, ...pair.addresses.map(({ text }) => text), ...ports] : ['UNKNOWN'];
  return Buffer.from(`PROXY ${words.join(' ')}\r\n`, 'latin1');
}

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
/** Version 2, and a connection that is made for somebody else. */
const PROXY_COMMAND = 0x21;
/** The address family and, in the low half, TCP. */
const FAMILIES = { 4: 0x11, 6: 0x21 } as const;
const UNSPECIFIED = 0x00;

/** Signature, command, family, length; then the addresses, and the ports. */
function binaryHeader(pair: Pair | undefined, ports: readonly number[]): Buffer {
  const body = pair ? Buffer.concat([...pair.addresses.map(addressBytes), ...ports.map(portBytes)]) : Buffer.alloc(0);
  const start = Buffer.from([PROXY_COMMAND, pair ? FAMILIES[pair.family] : UNSPECIFIED, 0, body.length]);
  return Buffer.concat([SIGNATURE, start, body]);
}

function addressBytes({ words }: IpAddress): Buffer {
  const bytes = Buffer.alloc(words.length * 4);
  for (const [index, word] of words.entries()) bytes.writeUInt32BE(word, index * 4);
  return bytes;
}

function portBytes(port: number): Buffer {
  return Buffer.from([port >> 8, port & 0xff]);
}
