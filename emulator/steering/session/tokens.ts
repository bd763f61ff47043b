import { hash } from 'node:crypto';
import type { Rng } from '../../../runtime/rng.js';

/** What a `__cflb` cookie holds. */
export interface SessionToken {
  /** 16 hexadecimal digits that stand for pool and endpoint: see {@link endpointTag}. */
  readonly tag: string;
  /** Model time of its creation, milliseconds since the epoch; whole seconds are kept. */
  readonly createdAt: number;
}

/** Makes and reads the values of `__cflb` cookies. */
export interface SessionTokens {
  seal(loadBalancerId: string, token: SessionToken, rng: Rng): string;
  /** undefined for whatever was not made by {@link seal} for this load balancer. */
  open(loadBalancerId: string, text: string): SessionToken | undefined;
}

const VERSION = 1;
const TAG_BYTES = 8;
/** Version, seconds since the epoch (4), something unique (2), the tag. */
const PAYLOAD_BYTES = 7 + TAG_BYTES;
/** A multiple of three bytes, so that every character counts: no two texts are the same token. The digest is as long. */
const PAYLOAD_LENGTH = (PAYLOAD_BYTES / 3) * 4;
const DIGEST_LENGTH = PAYLOAD_LENGTH;
/** Bytes of a block of SHA-256, which is what the key of an HMAC is filled up to. */
const BLOCK = 64;

/**
 * Opaque and tamper-evident: a payload that names nothing, under a keyed digest that binds it to its load balancer
 * (docs/reference/load-balancing.md 5.1, 14.17).
 *
 * @param secret whoever knows it can make tokens
 */
export function createSessionTokens(secret: string): SessionTokens {
  const digestOf = keyedDigest(hash('sha256', `colocal session ${secret}`, 'hex'));
  return {
    seal(loadBalancerId, { tag, createdAt }, rng) {
      const payload = Buffer.alloc(PAYLOAD_BYTES);
      payload.writeUInt8(VERSION, 0);
      payload.writeUInt32BE(Math.floor(createdAt / 1000) >>> 0, 1);
      payload.writeUInt16BE(rng.int(0x1_0000), 5);
      payload.write(tag, 7, 'hex');
      const text = payload.toString('base64url');
      return text + digestOf(text + loadBalancerId);
    },
    open(loadBalancerId, text) {
      if (text.length !== PAYLOAD_LENGTH + DIGEST_LENGTH) return undefined;
      const payload = text.slice(0, PAYLOAD_LENGTH);
      if (!isSame(text, PAYLOAD_LENGTH, digestOf(payload + loadBalancerId))) return undefined;
      const token = Buffer.from(payload, 'base64url');
      if (token[0] !== VERSION) return undefined;
      return { tag: token.toString('hex', 7, PAYLOAD_BYTES), createdAt: token.readUInt32BE(1) * 1000 };
    },
  };
}

/**
 * HMAC (RFC 2104) with SHA-256, cut to 15 bytes, over text: the inner digest goes into the outer one as hexadecimal. That
 * way it is two one-shot digests of strings, a third of what `createHmac` costs for so few bytes, and this is on the way
 * of every request that has a session.
 *
 * @param key as many ASCII characters as a block has; those of hexadecimal stay ASCII under both paddings
 */
function keyedDigest(key: string): (text: string) => string {
  const padded = (padding: number): string =>
    String.fromCharCode(...Array.from({ length: BLOCK }, (_, i) => key.charCodeAt(i) ^ padding));
  const inner = padded(0x36);
  const outer = padded(0x5c);
  return (text) => hash('sha256', outer + hash('sha256', inner + text, 'hex'), 'base64url').slice(0, DIGEST_LENGTH);
}

/** Whether `text` goes on with `expected` from there to its end. Takes as long wherever they differ. */
function isSame(text: string, from: number, expected: string): boolean {
  let difference = 0;
  for (let i = 0; i < expected.length; i++) difference |= text.charCodeAt(from + i) ^ expected.charCodeAt(i);
  return difference === 0;
}

/** Stands for an endpoint of a pool, whatever its place in the list. */
export function endpointTag(poolId: string, endpointName: string): string {
  return hash('sha256', `${poolId}\0${endpointName}`, 'hex').slice(0, 2 * TAG_BYTES);
}
