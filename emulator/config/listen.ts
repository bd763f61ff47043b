import { isIP } from 'node:net';
import { type ListenAddress, parseListenAddress } from '../state/listen-address.js';
import type { CloudflaredAddress, DnsAddress, ListenerName } from './config.types.js';

/** The outside surface's defaults. All on loopback: nothing is open to the network unless told so. */
export const DEFAULT_LISTEN: Readonly<Record<ListenerName, string>> = {
  http: '127.0.0.1:8080',
  https: '127.0.0.1:8443',
  connectors: '127.0.0.1:7843',
  api: '127.0.0.1:7880',
  on_ramp: '127.0.0.1:1080',
};

/** cloudflared opens one connection to each address, and wants four in all (docs/reference/cloudflared-wire.md 1). */
export const DEFAULT_CLOUDFLARED: readonly string[] = [7844, 7845, 7846, 7847].map((port) => `127.0.0.1:${port}`);

/** `listen.cloudflared`, as it is written. */
export type WrittenCloudflared =
  | 'off'
  | readonly (string | { readonly address: string; readonly data_center?: string })[];

/** What is no address is left out: the schema has refused it. */
export function cloudflaredAddresses(written: WrittenCloudflared): readonly CloudflaredAddress[] {
  if (written === 'off') return [];
  return written.flatMap((entry) => {
    const { address, data_center }: { address: string; data_center?: string } =
      typeof entry === 'string' ? { address: entry } : entry;
    const parsed = parseListenAddress(address);
    return parsed ? [{ ...parsed, ...(data_center === undefined ? {} : { dataCenter: data_center }) }] : [];
  });
}

/** `listen.dns`, as it is written. */
export type WrittenDns = string | { readonly address: string; readonly answers?: readonly string[] };

/** null: off, or no address, which the schema has refused. */
export function dnsAddress(written: WrittenDns): DnsAddress | null {
  const { address, answers = [] } = typeof written === 'string' ? { address: written } : written;
  const parsed = parseListenAddress(address);
  return parsed ? { ...parsed, answers } : null;
}

export function isLoopback({ host }: ListenAddress): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
