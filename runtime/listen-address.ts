import { isIP } from 'node:net';

/** Where something listens. */
export interface ListenAddress {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** `HOST:PORT`, IPv6 in brackets. */
export function listenText({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Whether one machine cannot listen at both: the same port, at the same address or at one that stands for the other as
 * well. Host names are only known to be the same when they are written so. Any free port is not the same one twice.
 */
export function overlap(a: ListenAddress, b: ListenAddress): boolean {
  if (a.port === 0 || a.port !== b.port) return false;
  const [one, other] = [plain(a.host), plain(b.host)];
  return one === other || coversAll(one, other) || coversAll(other, one);
}

/** `0.0.0.0` is every address of IPv4, and `::` is every address, as Node opens it. */
function coversAll(host: string, other: string): boolean {
  return host === '::' || (host === '0.0.0.0' && isIP(other) === 4);
}

/** IPv6 in its short form, and IPv4 inside IPv6 as what it is. */
function plain(host: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(host)?.[1];
  if (mapped !== undefined) return mapped;
  return isIP(host) === 6 ? new URL(`http://[${host}]`).hostname.slice(1, -1) : host.toLowerCase();
}
