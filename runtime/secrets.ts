import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Whether a secret that was given is the expected one. How long it takes tells nothing about either: digests are
 * compared, which have one length, in constant time. Every secret that comes from outside is compared by this.
 */
export function sameSecret(given: string | Buffer, expected: string | Buffer): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(secret: string | Buffer): Buffer {
  return createHash('sha256').update(secret).digest();
}
