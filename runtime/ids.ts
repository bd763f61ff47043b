import { createHash, randomBytes } from 'node:crypto';
import type { Rng } from './rng.js';

/** Makes new ids. Drawn from the seeded generator, so a run with the same seed gives the same ids. */
export interface Ids {
  /** A random UUID (version 4). */
  uuid(): string;
  /** 32 lower-case hexadecimal digits: the form of account, zone, pool, monitor and load balancer ids. */
  hex32(): string;
}

export function createIds(rng: Rng): Ids {
  return {
    uuid: () => uuidFromHex(rng.hex(16), '4'),
    hex32: () => rng.hex(16),
  };
}

function uuidFromHex(hex: string, version: string): string {
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  const digits = `${hex.slice(0, 12)}${version}${hex.slice(13, 16)}${variant}${hex.slice(17, 32)}`;
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join(
    '-',
  );
}

function digestOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** The id of an object that a file names without giving one: the same after every restart (design: account, kind and name). */
export function derivedHex32(...parts: string[]): string {
  return digestOf(parts);
}

/** As {@link derivedHex32}, in the form of a UUID (version 8: custom). For tunnels, routes, virtual networks. */
export function derivedUuid(...parts: string[]): string {
  return uuidFromHex(digestOf(parts), '8');
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** A secret nobody can guess. Deliberately not seeded. Base64, standard alphabet. */
export function randomSecret(bytes = 32): string {
  return randomBytes(bytes).toString('base64');
}

/** A seed for a run that was given none: it is printed, so that the run can be repeated. */
export function randomSeed(): number {
  return randomBytes(4).readUInt32BE(0);
}

/** A UUID nobody can guess or repeat: connectors name themselves by it, and two processes must never agree. Not seeded. */
export function randomUuid(): string {
  return uuidFromHex(randomBytes(16).toString('hex'), '4');
}
