import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
export type Range = readonly [base: Address, prefix: number];

/**
 * Addresses that are this machine's own or its link's, where a service thinks itself unreachable (cloud
 * metadata among them). A wide route such as 0.0.0.0/0 does not open them: only one inside these ranges does.
 */
const OWN: readonly Range[] = ['127.0.0.0/8', '169.254.0.0/16', '0.0.0.0/8', '::1/128', '::/128', 'fe80::/10'].map(
  (cidr) => ipaddr.parseCIDR(cidr),
);

/** The networks routed to the tunnel: with `--map`, all that the connector dials. */
export class Networks {
  private readonly ranges: readonly Range[];

  /** @throws for what is not a CIDR. */
  constructor(cidrs: readonly string[]) {
    this.ranges = cidrs.map((cidr) => {
      const range = parseRange(cidr);
      if (!range) throw new Error(`${JSON.stringify(cidr)} is not a CIDR`);
      return range;
    });
  }

  /** `ip` in canonical form. */
  allows(ip: string): boolean {
    const address = ipaddr.parse(ip);
    const own = OWN.find((range) => inside(address, range));
    return this.ranges.some(
      (range) => inside(address, range) && (!own || (range[1] >= own[1] && inside(range[0], own))),
    );
  }
}

function inside(address: Address, [base, prefix]: Range): boolean {
  return base.kind() === address.kind() && address.match(base, prefix);
}

/** An address in its one form: IPv4 inside IPv6 as IPv4. Undefined for anything that is not an address, or has a zone. */
export function canonicalIp(text: string): string | undefined {
  return ipaddr.isValid(text) && !text.includes('%') ? ipaddr.process(text).toString() : undefined;
}

/** A CIDR, IPv4 inside IPv6 as IPv4: `::ffff:10.0.0.0/104` is 10.0.0.0/8. Undefined for anything that is none. */
export function parseRange(text: string): Range | undefined {
  if (!ipaddr.isValidCIDR(text) || text.includes('%')) return undefined;
  const [base, prefix] = ipaddr.parseCIDR(text);
  if (!(base instanceof ipaddr.IPv6) || !base.isIPv4MappedAddress() || prefix < MAPPED_BITS) return [base, prefix];
  return [base.toIPv4Address(), prefix - MAPPED_BITS];
}

/** What stands before an IPv4 address inside IPv6, `::ffff:0:0/96`. */
const MAPPED_BITS = 96;
