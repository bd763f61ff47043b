import ipaddr from 'ipaddr.js';
import type { Detour } from '../../runtime/detour.js';
import { badMap } from '../errors.js';
import { canonicalIp, parseRange, type Range } from './networks.js';

export interface DialAddress {
  readonly host: string;
  readonly port: number;
}

interface NetworkMap {
  /** As it was written. */
  readonly text: string;
  readonly base: ipaddr.IPv4 | ipaddr.IPv6;
  readonly prefix: number;
  readonly target: readonly number[];
}

/**
 * `--map`: where dials to private addresses really go, so that a private network can be shown on a laptop.
 * An exact `IP:PORT` wins over networks, the longer prefix over the shorter; nothing is mapped twice. IPv4 inside IPv6
 * (`::ffff:10.0.0.1`) is that IPv4, and there are no zones.
 */
export class AddressMaps {
  private readonly exact = new Map<string, DialAddress & { readonly text: string }>();
  private readonly networks: readonly NetworkMap[];

  /**
   * @param detour wins over all of them, and says where dials to services lead as well
   * @throws BAD_MAP
   */
  constructor(
    maps: readonly string[],
    readonly detour: Detour = () => undefined,
  ) {
    const networks: NetworkMap[] = [];
    for (const text of maps) {
      const at = text.indexOf('=');
      if (at === -1) throw badMap({ text, why: 'there is no "="' });
      const from = text.slice(0, at);
      const to = text.slice(at + 1);
      if (!from.includes('/') && !to.includes('/')) {
        this.addExact(text, from, to);
        continue;
      }
      const map = networkMap(text, from, to);
      const same = networks.find((other) => sameNetwork(other, map));
      if (same) throw badMap({ text, why: `--map ${same.text} maps the same network already` });
      networks.push(map);
    }
    this.networks = networks.sort((a, b) => b.prefix - a.prefix);
  }

  /** Where to dial instead, or undefined where nothing is mapped. `ip` in canonical form. */
  lookup(ip: string, port: number): DialAddress | undefined {
    const exact = this.detour(ip, port) ?? this.exact.get(key(ip, port));
    if (exact) return { host: exact.host, port: exact.port };
    if (this.networks.length === 0) return undefined;
    const address = ipaddr.parse(ip);
    const map = this.networks.find(
      (entry) => entry.base.kind() === address.kind() && address.match(entry.base, entry.prefix),
    );
    return map && { host: transplant(address, map), port };
  }

  private addExact(text: string, from: string, to: string): void {
    const source = hostAndPort(from);
    const ip = source && canonicalIp(source.host);
    if (!source || ip === undefined) throw badMap({ text, why: `"${from}" is not IP:PORT` });
    const target = hostAndPort(to);
    if (!target) throw badMap({ text, why: `"${to}" is not HOST:PORT` });
    const entry = key(ip, source.port);
    const same = this.exact.get(entry);
    if (same) throw badMap({ text, why: `--map ${same.text} maps the same address already` });
    this.exact.set(entry, { ...target, text });
  }
}

function networkMap(text: string, from: string, to: string): NetworkMap {
  const [base, prefix] = cidr(text, from);
  const [target, length] = cidr(text, to);
  if (base.kind() !== target.kind()) throw badMap({ text, why: 'one side is IPv4 and the other IPv6' });
  if (prefix !== length) throw badMap({ text, why: `the prefix lengths /${prefix} and /${length} differ` });
  return { text, base, prefix, target: target.toByteArray() };
}

function cidr(text: string, side: string): Range {
  const range = parseRange(side);
  if (!range) throw badMap({ text, why: `"${side}" is not a CIDR` });
  return range;
}

function sameNetwork(a: NetworkMap, b: NetworkMap): boolean {
  return a.prefix === b.prefix && a.base.kind() === b.base.kind() && a.base.match(b.base, b.prefix);
}

/** The target's network bits and the address's host bits. */
function transplant(address: ipaddr.IPv4 | ipaddr.IPv6, map: NetworkMap): string {
  const bytes = address.toByteArray().map((byte, index) => {
    const networkBits = Math.min(8, Math.max(0, map.prefix - index * 8));
    const hostMask = 0xff >> networkBits;
    return ((map.target[index] ?? 0) & ~hostMask & 0xff) | (byte & hostMask);
  });
  return ipaddr.fromByteArray(bytes).toString();
}

function key(ip: string, port: number): string {
  return `${ip} ${port}`;
}

/** `HOST:PORT` with IPv6 in brackets. */
export function hostAndPort(text: string): DialAddress | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || !(port <= 65_535)) return undefined;
  return { host, port };
}
