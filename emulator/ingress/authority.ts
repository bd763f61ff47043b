import { isIPv6 } from 'node:net';

/** Letters, digits, hyphens, underscores (not in the RFC, common in practice) and dots; one dot at the end means the root. */
const NAME = /^(?:[A-Za-z0-9_-]+\.)*[A-Za-z0-9_-]+\.?$/;
const PORT = /^[0-9]{0,5}$/;
/** A name has at most 253 characters (RFC 1035), an address fewer; more is needed only for the port. */
const LONGEST = 253 + ':65535'.length + 1;

export interface Authority {
  /** Lower case, without port and without the root's dot; an IPv6 address keeps its brackets. */
  readonly host: string;
  /** Absent when none is written. */
  readonly port?: number;
}

/** Reads `host[:port]` as it stands in Host, :authority, an absolute URL or CONNECT; undefined when it is none. */
export function parseAuthority(text: string): Authority | undefined {
  if (text.length === 0 || text.length > LONGEST) return undefined;
  const bracket = text.charCodeAt(0) === 0x5b ? text.indexOf(']') : -1;
  const colon = text.indexOf(':', bracket + 1);
  const host = colon < 0 ? text : text.slice(0, colon);
  const port = colon < 0 ? '' : text.slice(colon + 1);
  if (!(bracket > 0 ? bracket === host.length - 1 && isIPv6(host.slice(1, -1)) : NAME.test(host))) return undefined;
  if (!PORT.test(port) || Number(port) > 65_535) return undefined;
  const name = (host.endsWith('.') ? host.slice(0, -1) : host).toLowerCase();
  return port === '' ? { host: name } : { host: name, port: Number(port) };
}

/** A machine serves a few names; the bound is against somebody who makes them up. */
const REMEMBERED = 1024;
const hosts = new Map<string, string>();

/** The host of an authority, undefined when it is not valid. Remembers: it is asked for every request. */
export function hostOf(authority: string): string | undefined {
  const known = hosts.get(authority);
  if (known !== undefined) return known;
  const host = parseAuthority(authority)?.host;
  if (host === undefined) return undefined;
  if (hosts.size >= REMEMBERED) hosts.clear();
  hosts.set(authority, host);
  return host;
}
