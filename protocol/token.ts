import { defineError } from '../runtime/errors.js';

/** What a tunnel's token holds (docs/reference/api.md 5.1). */
export interface TunnelToken {
  readonly accountId: string;
  readonly tunnelId: string;
  /** Base64. */
  readonly secret: string;
}

export const invalidToken = defineError<{ why: string }>('INVALID_TUNNEL_TOKEN', {
  message: (d) => `the tunnel token cannot be read: ${d.why}`,
  fix: () => 'pass the whole token that `colocal token TUNNEL` prints',
});

/** The token as connectors and cloudflared take it: base64 of a small JSON object. */
export function encodeToken(token: TunnelToken): string {
  return Buffer.from(JSON.stringify({ a: token.accountId, t: token.tunnelId, s: token.secret })).toString('base64');
}

/** @throws INVALID_TUNNEL_TOKEN */
export function decodeToken(text: string): TunnelToken {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
  } catch {
    throw invalidToken({ why: 'it is not base64 of JSON' });
  }
  const { a, t, s } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  if (typeof a !== 'string' || typeof t !== 'string' || typeof s !== 'string') {
    throw invalidToken({ why: 'it lacks the account (a), the tunnel (t) or the secret (s)' });
  }
  return { accountId: a, tunnelId: t, secret: s };
}
