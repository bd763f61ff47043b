import { isIP } from 'node:net';
import type { RequestHead } from '../../tunnel/connection.js';
import type { ProbeSubject } from './probe.types.js';

/** What one request of a check asks for. The endpoint stays the same, wherever it redirects to. */
export interface HttpTarget {
  readonly secure: boolean;
  /** At the endpoint; 0: the protocol's default. */
  readonly port: number;
  /** The Host header. */
  readonly authority: string;
  /** For TLS; empty: none is sent. */
  readonly serverName: string;
  readonly path: string;
}

/** docs/reference/load-balancing.md 2.1: the endpoint's Host, else the monitor's, else the endpoint's address. */
export function firstTarget({ origin, monitor }: ProbeSubject): HttpTarget {
  const host = origin.header?.Host[0] ?? hostOf(monitor.header);
  return {
    secure: monitor.type === 'https',
    port: monitor.port || origin.port,
    authority: host ?? (isIP(origin.address) === 6 ? `[${origin.address}]` : origin.address),
    // docs/reference/load-balancing.md 2.2: the Host when one is set, otherwise none.
    serverName: host === undefined ? '' : serverNameOf(host),
    path: monitor.path,
  };
}

function hostOf(header: Readonly<Record<string, readonly string[]>>): string | undefined {
  for (const [name, values] of Object.entries(header)) if (name.toLowerCase() === 'host') return values[0];
  return undefined;
}

/** Without port. An IP address names nobody. */
function serverNameOf(authority: string): string {
  const host = authority.startsWith('[') ? '' : (authority.split(':')[0] ?? '');
  return isIP(host) === 0 ? host : '';
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Where an answer redirects to; undefined when it does not. */
export function locationOf(status: number, headers: readonly string[]): string | undefined {
  if (!REDIRECTS.has(status)) return undefined;
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]?.toLowerCase() === 'location') return headers[i + 1];
  }
  return undefined;
}

/** The target a redirect leads to; undefined when the location is not of HTTP. */
export function redirected(from: HttpTarget, location: string): HttpTarget | undefined {
  if (!URL.canParse(location, urlOf(from))) return undefined;
  const url = new URL(location, urlOf(from));
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  const secure = url.protocol === 'https:';
  return {
    secure,
    // The endpoint may listen on another port than its name says to the world; only another scheme has another port.
    port: secure === from.secure ? from.port : Number(url.port || 0),
    authority: url.host,
    serverName: serverNameOf(url.host),
    path: `${url.pathname}${url.search}`,
  };
}

/** Two targets with the same text are the same request. */
export function urlOf({ secure, authority, path }: HttpTarget): string {
  return `${secure ? 'https' : 'http'}://${authority}${path}`;
}

/** The request, as it says who it is. */
export function headOf(target: HttpTarget, { pool, monitor }: ProbeSubject, ray: string): RequestHead {
  const headers = ['User-Agent', userAgent(pool.id), 'CF-Ray', ray];
  for (const [name, values] of Object.entries(monitor.header)) {
    if (name.toLowerCase() === 'host') continue;
    for (const value of values) headers.push(name, value);
  }
  const { secure, authority, path } = target;
  return { method: monitor.method, path, scheme: secure ? 'https' : 'http', authority, headers };
}

/** docs/reference/load-balancing.md 2.1: with 16 characters of the pool's id. */
function userAgent(poolId: string): string {
  return `Mozilla/5.0 (compatible; Cloudflare-Traffic-Manager/1.0; +https://www.cloudflare.com/traffic-manager/; pool-id: ${poolId.slice(0, 16)})`;
}
