import { covers, type IpAddress, parseCidr } from '../network/ip-address.js';

/** Loopback, private, shared, link-local. */
const NETWORKS = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
].flatMap((text) => parseCidr(text) ?? []);

/** Others get nothing, so that no forged query makes this machine send to the internet. */
export function mayAsk(address: IpAddress): boolean {
  return NETWORKS.some((network) => covers(network, address));
}
