import { covers, parseCidr, parseIp } from '../network/ip-address.js';
import type { ClientRule } from '../state/objects.js';

/** Code of the data center next to which somebody at this address stands, by the first of `clients` that covers it. */
export function standingAt(address: string, clients: readonly ClientRule[]): string | undefined {
  const ip = parseIp(address);
  if (!ip) return undefined;
  return clients.find(({ network }) => {
    const cidr = parseCidr(network);
    return cidr !== undefined && covers(cidr, ip);
  })?.data_center;
}
