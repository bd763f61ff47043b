import type { IncomingHttpHeaders } from 'node:http';
import * as z from 'zod';
import { bearerOf, refuseToken } from './gate.js';

/** The field of a query that asks for secrets. `what`: which. */
export const secretsField = (what: string) =>
  z.enum(['true', 'false']).default('false').describe(`true, and the request carries the API token: ${what}`);

/**
 * Whether secrets are to be told: only to who asks for them with the API token. Loopback lets everybody in, so only
 * here a wrong one is noticed.
 *
 * @throws TOKEN_WRONG
 */
export function tellsSecrets(asked: 'true' | 'false', { authorization }: IncomingHttpHeaders, token: string): boolean {
  if (asked === 'false' || bearerOf(authorization) === undefined) return false;
  const refusal = refuseToken(authorization, token);
  if (refusal) throw refusal;
  return true;
}
