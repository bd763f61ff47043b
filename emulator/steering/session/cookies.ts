import type { SessionAffinityAttributes } from '../../state/objects.js';

/** The cookie that pins a client to an endpoint (docs/reference/load-balancing.md 5.1). */
export const SESSION_COOKIE = '__cflb';

/** The cookies of a request, in their order: name and value. `headers` is a flat list. */
export function* cookiesIn(headers: readonly string[]): Generator<readonly [name: string, value: string]> {
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (name.length !== 6 || name.toLowerCase() !== 'cookie') continue;
    for (const pair of (headers[i + 1] as string).split(';')) {
      const equals = pair.indexOf('=');
      const cookie = equals < 0 ? '' : pair.slice(0, equals).trim();
      if (cookie !== '') yield [cookie, pair.slice(equals + 1).trim()];
    }
  }
}

/** The values of all {@link SESSION_COOKIE} cookies, in their order: what {@link cookiesIn} has, without the others. */
export function sessionCookiesIn(headers: readonly string[]): readonly string[] {
  let found: string[] | undefined;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (name.length !== 6 || name.toLowerCase() !== 'cookie') continue;
    const text = headers[i + 1] as string;
    if (!text.includes(SESSION_COOKIE)) continue;
    for (const pair of text.split(';')) {
      const equals = pair.indexOf('=');
      if (equals > 0 && pair.slice(0, equals).trim() === SESSION_COOKIE) {
        found ??= [];
        found.push(pair.slice(equals + 1).trim());
      }
    }
  }
  return found ?? NONE;
}

const NONE: readonly string[] = Object.freeze([]);

/** The Set-Cookie header of a session. `expires` in milliseconds since the epoch. */
export function setCookie(value: string, expires: number, attributes: string): string {
  return `${SESSION_COOKIE}=${value}; path=/; expires=${new Date(expires).toUTCString()}; HttpOnly${attributes}`;
}

/**
 * SameSite and Secure (5.2): `Auto` follows Always Use HTTPS. On: Lax, and Secure; off: None, without Secure
 * (13: the rule, not the table).
 */
export function cookieAttributes(
  { samesite, secure }: Pick<SessionAffinityAttributes, 'samesite' | 'secure'>,
  alwaysUseHttps: boolean,
): string {
  const sameSite = samesite === 'Auto' ? (alwaysUseHttps ? 'Lax' : 'None') : samesite;
  const isSecure = secure === 'Auto' ? alwaysUseHttps : secure === 'Always';
  return `; SameSite=${sameSite}${isSecure ? '; Secure' : ''}`;
}
