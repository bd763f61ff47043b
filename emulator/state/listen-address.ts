import { isIP } from 'node:net';
import type { ListenAddress } from '../../runtime/listen-address.js';
import { isHostname } from './schemas/names.js';

export type { ListenAddress };

/** Reads `HOST:PORT`, IPv6 in brackets; undefined when it is none. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) return undefined;
  if (match[1] !== undefined) return isIP(match[1]) === 6 ? { host: match[1], port } : undefined;
  const host = match[2] ?? '';
  return isIP(host) === 4 || isHostname(host) ? { host, port } : undefined;
}
