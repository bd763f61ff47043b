import { createHash } from 'node:crypto';
import { parseIp } from './addresses.js';
import type { LoadBalancer } from './objects.js';

/** Of 100.112.0.0/16 (docs/reference/load-balancing.md 1.1, public and private), without its first and last address. */
const HOSTS = 65_534;

/**
 * The address of a private load balancer: the one that is given, in its usual form, or one that follows from its name,
 * so that it is the same after a restart. Where that is taken, the next one that is free.
 */
export function addressFor(
  name: string,
  given: string | undefined,
  all: ReadonlyMap<string, LoadBalancer>,
  before: LoadBalancer | undefined,
): string {
  if (given !== undefined) return parseIp(given)?.toString() ?? given;
  const taken = new Set<string>();
  for (const other of all.values()) {
    if (other.address !== undefined && other.id !== before?.id) taken.add(other.address);
  }
  let host = createHash('sha256').update(name.toLowerCase()).digest().readUInt32BE() % HOSTS;
  // As many are taken at most as there are others.
  for (let tries = 0; tries < HOSTS && taken.has(assigned(host)); tries++) host = (host + 1) % HOSTS;
  return assigned(host);
}

function assigned(host: number): string {
  return `100.112.${(host + 1) >> 8}.${(host + 1) & 0xff}`;
}
