import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { isHostname } from './schemas/names.js';
import { tunnelIdOf } from './tunnel-hostname.js';

type Ip = ReturnType<typeof ipaddr.parse>;

/** What an endpoint's address says. `key` is equal for two spellings of the same address. */
export type Address =
  | { readonly kind: 'ip'; readonly key: string; readonly ip: Ip }
  | { readonly kind: 'tunnel'; readonly key: string; readonly tunnelId: string }
  | { readonly kind: 'hostname'; readonly key: string };

/** Reads an endpoint's address (docs/reference/load-balancing.md 1.3); undefined when it is none. */
export function parseAddress(text: string): Address | undefined {
  const ip = parseIp(text);
  if (ip) return { kind: 'ip', key: ip.toString(), ip };
  const name = text.toLowerCase();
  const tunnelId = tunnelIdOf(name);
  if (tunnelId !== undefined) return { kind: 'tunnel', key: name, tunnelId };
  return isHostname(name) ? { kind: 'hostname', key: name } : undefined;
}

/** Reads an address strictly: no short or octal IPv4, no IPv6 zone. IPv4 inside IPv6 becomes IPv4. */
export function parseIp(text: string): Ip | undefined {
  if (isIP(text) === 0 || text.includes('%')) return undefined;
  return ipaddr.process(text);
}

export interface Network {
  /** Shortest form, e.g. `10.0.0.0/8`, `fd00::/64`. */
  readonly text: string;
  readonly first: Ip;
  readonly bits: number;
}

/**
 * Reads a CIDR, or a single address as one of full length. IPv4 inside IPv6 becomes IPv4: `::ffff:10.0.0.0/104` is
 * 10.0.0.0/8. Otherwise says why not, as a message of a problem.
 */
export function parseNetwork(text: string): Network | { readonly problem: string } {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const length = slash < 0 ? undefined : text.slice(slash + 1);
  const family = isIP(address);
  if (family === 0 || address.includes('%')) return { problem: notANetwork(text) };
  const first = ipaddr.parse(address);
  const longest = family === 4 ? 32 : 128;
  if (length !== undefined && !/^\d{1,3}$/.test(length)) return { problem: notANetwork(text) };
  const bits = length === undefined ? longest : Number(length);
  if (bits > longest)
    return {
      problem: `has a prefix length of ${bits}, and IPv${family} has lengths of 0 to ${longest}: ${JSON.stringify(text)}; write ${first}/${longest} for the one address, or a shorter prefix for a network`,
    };
  const network = networkAddress(first, bits);
  if (network.toString() !== first.toString()) {
    return {
      problem: `has bits set behind its prefix: ${text}; write ${network}/${bits} for the network or ${first}/${longest} for the one address`,
    };
  }
  if (first instanceof ipaddr.IPv6 && first.isIPv4MappedAddress() && bits >= MAPPED_BITS) {
    const inside = first.toIPv4Address();
    return { text: `${inside}/${bits - MAPPED_BITS}`, first: inside, bits: bits - MAPPED_BITS };
  }
  return { text: `${first}/${bits}`, first, bits };
}

/** What stands before an IPv4 address inside IPv6, `::ffff:0:0/96`. */
const MAPPED_BITS = 96;

function notANetwork(text: string): string {
  return `must be a CIDR such as 10.0.0.0/8 or fd00::/64; it is ${JSON.stringify(text)}`;
}

function networkAddress(address: Ip, bits: number): Ip {
  const bytes = address.toByteArray().map((byte, index) => {
    const kept = Math.min(8, Math.max(0, bits - index * 8));
    return byte & (0xff << (8 - kept)) & 0xff;
  });
  return ipaddr.fromByteArray(bytes);
}

/** Whether `outer` holds the address, or the whole of the network. */
export function covers(outer: Network, inner: Network | Ip): boolean {
  const [address, bits] = 'bits' in inner ? [inner.first, inner.bits] : [inner, Number.POSITIVE_INFINITY];
  if (address.kind() !== outer.first.kind() || bits < outer.bits) return false;
  return networkAddress(address, outer.bits).toString() === outer.first.toString();
}
