import { covers, type IpAddress, parseCidr, parseIp } from '../network/ip-address.js';

/** An address of this machine, as `os.networkInterfaces()` tells it. */
export interface InterfaceAddress {
  /** E.g. `eth0`. */
  readonly name: string;
  /** Address and prefix, e.g. `172.30.0.2/16`. */
  readonly cidr: string | null;
  readonly internal: boolean;
}

export interface EdgeAddressesOptions {
  /** What listeners were opened with: an address, a wildcard, or a name. */
  readonly hosts: Iterable<string>;
  /** What the configuration says instead of all that is worked out here; empty: nothing. */
  readonly given: readonly string[];
  readonly asker: IpAddress;
  /** Asked when a listener is open on more than one address: they may change while the edge runs. */
  readonly interfaces: () => readonly InterfaceAddress[];
}

const LOOPBACK = ['127.0.0.0/8', '::1/128'].flatMap((text) => parseCidr(text) ?? []);
const LINK_LOCAL = ['169.254.0.0/16', 'fe80::/10'].flatMap((text) => parseCidr(text) ?? []);

/**
 * The addresses at which whoever asks reaches these listeners. A listener on every address is reached at those of the
 * interface whose network the asker is in; of all of them, when the asker is in none.
 */
export function edgeAddresses({ hosts, given, asker, interfaces }: EdgeAddressesOptions): readonly string[] {
  if (given.length > 0) return given;
  const addresses = new Set<string>();
  for (const host of hosts) for (const address of addressesOf(host, asker, interfaces)) addresses.add(address);
  return [...addresses];
}

function addressesOf(host: string, asker: IpAddress, interfaces: () => readonly InterfaceAddress[]): readonly string[] {
  if (host === 'localhost') return ['127.0.0.1'];
  const isWildcard = host === '0.0.0.0' || host === '::';
  // A name was looked up when the listener was opened: it is one of this machine's.
  if (!isWildcard && parseIp(host)) return [host];
  if (LOOPBACK.some((network) => covers(network, asker))) return [asker.family === 4 ? '127.0.0.1' : '::1'];
  const outer = interfaces().filter(({ internal }) => !internal);
  const facing = new Set(outer.filter(({ cidr }) => isIn(cidr, asker)).map(({ name }) => name));
  return outer
    .filter(({ name }) => facing.size === 0 || facing.has(name))
    .flatMap(({ cidr }) => parseIp(cidr?.split('/')[0] ?? '') ?? [])
    .filter((ip) => !LINK_LOCAL.some((network) => covers(network, ip)) && (host !== '0.0.0.0' || ip.family === 4))
    .map(({ text }) => text);
}

function isIn(cidr: string | null, ip: IpAddress): boolean {
  const network = cidr === null ? undefined : parseCidr(cidr);
  return network !== undefined && covers(network, ip);
}
