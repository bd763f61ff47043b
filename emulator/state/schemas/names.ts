import * as z from 'zod';

/** Ids of zones, pools, monitors, load balancers and accounts (docs/reference/api.md 1.1). */
export const hex32 = z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 lower-case hexadecimal digits');

/** Ids of tunnels, routes and virtual networks (docs/reference/api.md 1.1). */
export const uuid = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, 'must be a UUID in lower case');

/** docs/reference/api.md 2.2 bounds every description so. */
export const description = z.string().max(1024);

export const port = z.int().min(0).max(65_535);

const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const HOSTNAME = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*$`, 'i');
const ALL_NUMERIC = /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/i;

/**
 * A DNS name in ASCII (an internationalised one in its `xn--` form), without a dot at its end.
 * What ends in a number, be it hexadecimal, is an address or a mistyped one (RFC 1123 2.1; resolvers read 0x7f000001 as 127.0.0.1).
 */
export function isHostname(text: string): boolean {
  return HOSTNAME.test(text) && !ALL_NUMERIC.test(text);
}

/** A host name, or one whose first label is `*`. */
export function isHostnameOrWildcard(text: string): boolean {
  return isHostname(text.startsWith('*.') ? text.slice(2) : text);
}

/** Whether `name` is the zone itself or below it. Both in lower case. */
export function isInZone(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}
