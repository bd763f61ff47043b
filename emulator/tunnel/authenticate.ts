import { decodeToken, type TunnelToken } from '../../protocol/token.js';
import { messageOf } from '../../runtime/errors.js';
import { sameSecret } from '../../runtime/secrets.js';
import type { Tunnel } from '../state/objects.js';
import type { AccountSnapshot } from '../state/state.types.js';

export type Authentication =
  | { readonly ok: true; readonly tunnel: Tunnel }
  | { readonly ok: false; readonly status: 400 | 401 | 403 | 404; readonly code: string; readonly message: string };

/** Decides whether a bearer token opens a tunnel. The secret is compared in constant time. */
export function authenticate(authorization: string | undefined, account: AccountSnapshot): Authentication {
  const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (!bearer) {
    return {
      ok: false,
      status: 401,
      code: 'TOKEN_MISSING',
      message: 'no tunnel token: send Authorization: Bearer TOKEN',
    };
  }
  let token: TunnelToken;
  try {
    token = decodeToken(bearer);
  } catch (error) {
    return { ok: false, status: 400, code: 'TOKEN_INVALID', message: messageOf(error) };
  }
  return authenticateToken(token, account);
}

/** Decides whether what a token holds opens a tunnel, however it was sent. */
export function authenticateToken(token: TunnelToken, account: AccountSnapshot): Authentication {
  const tunnel = account.tunnels.get(token.tunnelId);
  // An unknown tunnel costs the same comparison, so that timing tells nothing about which tunnels exist.
  const right = sameSecret(bytesOf(token.secret), bytesOf(tunnel?.tunnel_secret ?? ''));
  if (!tunnel || token.accountId !== account.account.id) {
    return {
      ok: false,
      status: 404,
      code: 'TUNNEL_UNKNOWN',
      message: `the token names tunnel ${token.tunnelId}, which this edge does not have`,
    };
  }
  if (!right) {
    return {
      ok: false,
      status: 403,
      code: 'TOKEN_WRONG',
      message: `the token's secret is not that of tunnel ${tunnel.name}`,
    };
  }
  return { ok: true, tunnel };
}

function bytesOf(secret: string): Buffer {
  return Buffer.from(secret, 'base64');
}
