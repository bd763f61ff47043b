import { defineError } from '../../runtime/errors.js';

/** What a call was for: `the pools`, and the permission that a token needs for it. */
interface Call {
  /** Without the base URL. */
  readonly path: string;
  /** What the service said, as one text; empty when it said nothing. */
  readonly said: string;
  readonly permission: string;
}

const because = (said: string): string => (said === '' ? '' : `: ${said}`);

export const pullTokenMissing = defineError('PULL_TOKEN_MISSING', {
  message: () => 'reading an account needs an API token',
  fix: () => 'give it in CLOUDFLARE_API_TOKEN, or as --token TOKEN; a token that may only read is enough',
});

export const pullBadUrl = defineError<{ text: string }>('PULL_BAD_URL', {
  message: (d) => `"${d.text}" is not the address of a v4 API`,
  fix: () => 'it must be like https://api.cloudflare.com/client/v4 or http://127.0.0.1:7880/client/v4',
});

export const pullUnreachable = defineError<{ url: string; reason: string }>('PULL_UNREACHABLE', {
  message: (d) => `${d.url} could not be read: ${d.reason}`,
  fix: () => 'nothing was written; check --api-url and the network, then try again',
});

export const pullUnauthorized = defineError<Call>('PULL_UNAUTHORIZED', {
  message: (d) => `the API does not know the token (asked for ${d.path})${because(d.said)}`,
  fix: () => 'check CLOUDFLARE_API_TOKEN or --token: the whole token, of this API, not expired',
});

export const pullForbidden = defineError<Call>('PULL_FORBIDDEN', {
  message: (d) => `the token may not read ${d.path}${because(d.said)}`,
  fix: (d) => `check that it is a token of this API and account; it needs the permission "${d.permission}"`,
});

export const pullNotFound = defineError<Call>('PULL_NOT_FOUND', {
  message: (d) => `the API has no ${d.path}${because(d.said)}`,
  fix: () => 'check --account (32 hexadecimal digits) and --api-url, which ends in /client/v4',
});

export const pullRefused = defineError<{ path: string; status: number; said: string }>('PULL_REFUSED', {
  message: (d) => `the API answered ${d.path} with ${d.status}${because(d.said)}`,
  fix: () => 'nothing was written; try again later, or check --api-url',
});

export const pullNotV4 = defineError<{ path: string; detail: string }>('PULL_NOT_V4', {
  message: (d) => `what answers ${d.path} is not a v4 API: ${d.detail}`,
  fix: () => 'check --api-url, which ends in /client/v4',
});

export const pullZoneUnknown = defineError<{ name: string; known: readonly string[] }>('PULL_ZONE_UNKNOWN', {
  message: (d) => `the account has no zone called ${d.name}`,
  fix: (d) =>
    d.known.length === 0 ? 'it has none, or the token may not read them' : `name one of: ${d.known.join(', ')}`,
});
