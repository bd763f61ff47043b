import type { IncomingHttpHeaders } from 'node:http';
import type { ColocalError } from '../../runtime/errors.js';
import { sameSecret } from '../../runtime/secrets.js';
import { hostRefused, originRefused, tokenMissing, tokenWrong } from './errors.js';

/** What guards one listener of the control API. */
export interface Gate {
  /** Whether it listens on loopback, where whoever can connect is the user. */
  readonly loopback: boolean;
  readonly token: () => string;
}

/** Answered without a token everywhere: health checks and scrapers have none, and neither tells a secret. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/colocal/v1/ready', '/metrics']);

/**
 * Decides whether a request may be answered; the reason when not.
 *
 * On loopback the danger is the user's own browser: a foreign page can make it connect here, under its own name
 * (DNS rebinding, seen in Host) or across origins (seen in Origin). Elsewhere it is everybody, so a token is asked for.
 */
export function refusalOf(path: string, headers: IncomingHttpHeaders, gate: Gate): ColocalError | undefined {
  if (!gate.loopback) return OPEN_PATHS.has(path) ? undefined : refuseToken(headers.authorization, gate.token());
  const host = headers.host ?? '';
  if (!isLoopbackName(hostnameOf(host))) return hostRefused({ host });
  const { origin } = headers;
  if (origin !== undefined && origin !== `http://${host}`) return originRefused({ origin });
  return undefined;
}

/** The token that a request carries, if it does. */
export function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
}

export function refuseToken(authorization: string | undefined, expected: string): ColocalError | undefined {
  const given = bearerOf(authorization);
  if (given === undefined) return tokenMissing({});
  return sameSecret(given, expected) ? undefined : tokenWrong({});
}

function hostnameOf(host: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d*)?$/.exec(host);
  if (bracketed) return bracketed[1] ?? '';
  return host.replace(/:\d*$/, '').toLowerCase();
}

function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || isLoopbackAddress(name);
}

export function isLoopbackAddress(address: string): boolean {
  const plain = address.replace(/^::ffff:/i, '');
  return plain === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(plain);
}
