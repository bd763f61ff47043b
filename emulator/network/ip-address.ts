import ipaddr from 'ipaddr.js';

/** An IP address as big-endian 32-bit words: one for IPv4, four for IPv6. */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly words: readonly number[];
  /** In its usual short form. */
  readonly text: string;
}

/** A CIDR. The words' bits behind the prefix are zero. */
export interface Cidr {
  readonly family: 4 | 6;
  readonly words: readonly number[];
  /** Length of the prefix. */
  readonly bits: number;
}

function wordsOf(bytes: readonly number[]): number[] {
  const words: number[] = [];
  for (let i = 0; i < bytes.length; i += 4) {
    words.push(
      (((bytes[i] ?? 0) << 24) | ((bytes[i + 1] ?? 0) << 16) | ((bytes[i + 2] ?? 0) << 8) | (bytes[i + 3] ?? 0)) >>> 0,
    );
  }
  return words;
}

/**
 * Reads an IPv4 or IPv6 address; undefined when it is none. IPv4 needs its four decimal parts (the classic
 * `127.1` is refused: people mean a mistake by it). IPv4-mapped IPv6 (`::ffff:192.0.2.1`), which dual-stack
 * sockets report, becomes IPv4. A zone (`fe80::1%eth0`) is dropped.
 */
export function parseIp(text: string): IpAddress | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipOf(ipaddr.IPv4.parse(text));
  if (!ipaddr.IPv6.isValid(text)) return undefined;
  const address = ipaddr.IPv6.parse(text);
  return ipOf(address.isIPv4MappedAddress() ? address.toIPv4Address() : address);
}

function ipOf(address: ipaddr.IPv4 | ipaddr.IPv6): IpAddress {
  const bytes = address.toByteArray();
  // From the bytes again: the zone goes.
  return { family: bytes.length === 4 ? 4 : 6, words: wordsOf(bytes), text: ipaddr.fromByteArray(bytes).toString() };
}

/** Reads a CIDR, or a single address as the CIDR that holds just it; undefined when it is neither. Bits behind the prefix are dropped. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  const ip = parseIp(slash < 0 ? text : text.slice(0, slash));
  if (!ip) return undefined;
  const longest = ip.family === 4 ? 32 : 128;
  let bits = longest;
  if (slash >= 0) {
    const digits = text.slice(slash + 1);
    if (!/^\d{1,3}$/.test(digits)) return undefined;
    bits = Number(digits);
    // `::ffff:10.0.0.0/104` is written in IPv6's lengths.
    if (ip.family === 4 && text.includes(':')) bits -= 96;
    if (bits < 0 || bits > longest) return undefined;
  }
  return { family: ip.family, words: ip.words.map((word, i) => maskWord(word, bits - i * 32)), bits };
}

/** `word` with only its first `bits` bits left. */
function maskWord(word: number, bits: number): number {
  if (bits >= 32) return word;
  if (bits <= 0) return 0;
  return (word & (-1 << (32 - bits))) >>> 0;
}

/** How many leading bits two addresses of one family share, at most `limit`. */
export function commonBits(a: readonly number[], b: readonly number[], limit: number): number {
  for (let i = 0, bits = 0; bits < limit; i++, bits += 32) {
    const difference = (a[i] ?? 0) ^ (b[i] ?? 0);
    if (difference !== 0) return Math.min(limit, bits + Math.clz32(difference));
  }
  return limit;
}

/** Bit number `index` of an address, counted from the left. */
export function bitAt(words: readonly number[], index: number): 0 | 1 {
  return (((words[index >>> 5] ?? 0) >>> (31 - (index & 31))) & 1) as 0 | 1;
}

/** Whether `cidr` holds `ip`. */
export function covers(cidr: Cidr, ip: IpAddress): boolean {
  return cidr.family === ip.family && commonBits(cidr.words, ip.words, cidr.bits) === cidr.bits;
}
