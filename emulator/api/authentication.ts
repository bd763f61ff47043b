import type { IncomingHttpHeaders } from 'node:http';
import { sameSecret } from '../../runtime/secrets.js';
import { type ApiError, malformedCredentials, noCredentials, wrongCredentials } from './errors.js';

/** What a token looks like on the wire: Terraform refuses any other (docs/reference/api.md 1.2). */
const TOKEN = /^[0-9A-Za-z\-_.]{20,200}$/;
const EMAIL = /^[^\s@]+@[^\s@]+$/;

/**
 * Why the request may not be answered; undefined when it may. The account's one token is accepted in every form in
 * which clients send a secret: as a bearer token, as the global key beside any email, and as the user service key.
 */
export function refusalOf(headers: IncomingHttpHeaders, token: string): ApiError | undefined {
  const { authorization } = headers;
  const key = single(headers['x-auth-key']);
  const email = single(headers['x-auth-email']);
  const serviceKey = single(headers['x-auth-user-service-key']);
  if (authorization !== undefined) {
    const given = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
    return given !== undefined && TOKEN.test(given) ? compare(given, token) : malformedCredentials(6111);
  }
  if (key !== undefined && email !== undefined) {
    return TOKEN.test(key) && EMAIL.test(email) ? compare(key, token) : malformedCredentials(6103);
  }
  if (serviceKey !== undefined) return compare(serviceKey, token);
  return noCredentials();
}

function compare(given: string, token: string): ApiError | undefined {
  return sameSecret(given, token) ? undefined : wrongCredentials();
}

function single(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
