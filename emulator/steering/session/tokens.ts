import { createHash, createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
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
const MAC_BYTES = 15;
/** A multiple of three bytes: every one of its characters counts, so that no two texts are the same token. */
const TEXT_LENGTH = ((PAYLOAD_BYTES + MAC_BYTES) / 3) * 4;

/**
 * Opaque and tamper-evident: a payload that names nothing, under a keyed digest that binds it to its load balancer
 * (docs/reference/load-balancing.md 5.1, 14.17).
 *
 * @param secret whoever knows it can make tokens
 */
export function createSessionTokens(secret: string): SessionTokens {
  const key = createSecretKey(createHash('sha256').update('colocal session ').update(secret).digest());
  return {
    seal(loadBalancerId, { tag, createdAt }, rng) {
      const token = Buffer.alloc(PAYLOAD_BYTES + MAC_BYTES);
      token.writeUInt8(VERSION, 0);
      token.writeUInt32BE(Math.floor(createdAt / 1000) >>> 0, 1);
      token.writeUInt16BE(rng.int(0x1_0000), 5);
      token.write(tag, 7, 'hex');
      macOf(key, loadBalancerId, token).copy(token, PAYLOAD_BYTES);
      return token.toString('base64url');
    },
    open(loadBalancerId, text) {
      if (text.length !== TEXT_LENGTH) return undefined;
      const token = Buffer.from(text, 'base64url');
      // What is not base64url is left out when decoding.
      if (token.length !== PAYLOAD_BYTES + MAC_BYTES || token[0] !== VERSION) return undefined;
      if (!timingSafeEqual(token.subarray(PAYLOAD_BYTES), macOf(key, loadBalancerId, token))) return undefined;
      return {
        tag: token.toString('hex', 7, PAYLOAD_BYTES),
        createdAt: token.readUInt32BE(1) * 1000,
      };
    },
  };
}

function macOf(key: KeyObject, loadBalancerId: string, token: Buffer): Buffer {
  return createHmac('sha256', key)
    .update(token.subarray(0, PAYLOAD_BYTES))
    .update(loadBalancerId)
    .digest()
    .subarray(0, MAC_BYTES);
}

/** Stands for an endpoint of a pool, whatever its place in the list. */
export function endpointTag(poolId: string, endpointName: string): string {
  return createHash('sha256')
    .update(`${poolId}\0${endpointName}`)
    .digest('hex')
    .slice(0, 2 * TAG_BYTES);
}
