import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * What the store holds is a flat list of entries: a key in words, and a value in JSON behind its checksum.
 *
 *   form                       version of all that follows
 *   part/settings              what is not an object, by its name; and the revision
 *   object/pools/<id>          one object: {"position", "value"}
 *   deleted/tunnels/<id>       one that was deleted, likewise
 *   file/pools/<id>            digest of what the file said of it: {"name", "digest"}
 *   secret/ca                  certificate and key of the authority, once there is one
 */
export type Entries = Map<string, unknown>;

export const FORM_KEY = 'form';

/** The database allows 1,978 bytes for a key. Longer ones end in a digest; the value has its id. */
const LONGEST_KEY = 500;

export function keyOf(section: 'part' | 'object' | 'deleted' | 'file', ...names: readonly string[]): string {
  const key = [section, ...names].join('/');
  if (Buffer.byteLength(key) <= LONGEST_KEY) return key;
  return [section, ...names.slice(0, -1), `#${createHash('sha256').update(key).digest('hex')}`].join('/');
}

const CHECKSUM = 4;

/** The checksum covers the key too, so that a value at another's place is noticed. */
export function encodeValue(key: string, value: unknown): Buffer {
  const json = Buffer.from(JSON.stringify(value));
  const encoded = Buffer.allocUnsafe(CHECKSUM + json.length);
  encoded.writeUInt32BE(checksum(key, json), 0);
  json.copy(encoded, CHECKSUM);
  return encoded;
}

/** `undefined` when a bit of it is not as it was written. */
export function decodeValue(key: string, encoded: Buffer): { readonly value: unknown } | undefined {
  if (encoded.length < CHECKSUM) return undefined;
  const json = encoded.subarray(CHECKSUM);
  if (encoded.readUInt32BE(0) !== checksum(key, json)) return undefined;
  try {
    return { value: JSON.parse(json.toString('utf8')) as unknown };
  } catch {
    return undefined;
  }
}

function checksum(key: string, json: Buffer): number {
  return crc32(json, crc32(key));
}
