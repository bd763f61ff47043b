import { BlockList, isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * Addresses that are this machine's own or its link's, where a service thinks itself unreachable (cloud
 * metadata among them). A wide route such as 0.0.0.0/0 does not open them: only one inside these ranges does.
 */
const OWN = ['127.0.0.0/8', '169.254.0.0/16', '0.0.0.0/8', '::1/128', '::/128', 'fe80::/10'];

/** The networks routed to the tunnel: with `--map`, all that the connector dials. */
export class Networks {
  private readonly wide = new BlockList();
  private readonly own = new BlockList();

  constructor(readonly cidrs: readonly string[]) {
    for (const cidr of cidrs) {
      const [address, prefix] = ipaddr.parseCIDR(cidr);
      const list = OWN.some((range) => inside(address, prefix, range)) ? this.own : this.wide;
      list.addSubnet(address.toString(), prefix, address.kind());
    }
  }

  allows(ip: string): boolean {
    const family = isIPv4(ip) ? 'ipv4' : 'ipv6';
    return isOwn(ip) ? this.own.check(ip, family) : this.wide.check(ip, family);
  }
}

function inside(address: ipaddr.IPv4 | ipaddr.IPv6, prefix: number, range: string): boolean {
  const [base, bits] = ipaddr.parseCIDR(range);
  return base.kind() === address.kind() && prefix >= bits && address.match(base, bits);
}

function isOwn(ip: string): boolean {
  const address = ipaddr.parse(ip);
  return OWN.some((range) => inside(address, address.kind() === 'ipv4' ? 32 : 128, range));
}

/** An address in its one form: IPv4 inside IPv6 as IPv4. Undefined for anything that is not an address. */
export function canonicalIp(text: string): string | undefined {
  return ipaddr.isValid(text) ? ipaddr.process(text).toString() : undefined;
}
