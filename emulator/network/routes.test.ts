import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Route } from '../state/objects.js';
import { covers, parseCidr, parseIp } from './ip-address.js';
import { buildRouteTable } from './routes.js';

function route(network: string, virtualNetworkId: string, tunnelId: string): Route {
  return {
    id: `${virtualNetworkId} ${network}`,
    network,
    virtual_network_id: virtualNetworkId,
    tunnel_id: tunnelId,
    comment: '',
    managed_by: 'file',
    created_on: 0,
    modified_on: 0,
  };
}

describe('the route table', () => {
  const table = buildRouteTable([
    route('10.0.0.0/8', 'default', 'wide'),
    route('10.128.0.0/16', 'default', 'subnet'),
    route('10.128.0.1/32', 'default', 'host'),
    route('10.128.0.1/32', 'staging', 'staging'),
    route('2001:db8::/32', 'default', 'six'),
    route('2001:db8:0:1::/64', 'default', 'six-subnet'),
    route('0.0.0.0/0', 'everything', 'all'),
  ]);
  const tunnel = (network: string, ip: string): string | undefined => table.lookup(network, ip)?.tunnel_id;

  test('the longest prefix wins', () => {
    expect(tunnel('default', '10.1.1.1')).toBe('wide');
    expect(tunnel('default', '10.128.0.2')).toBe('subnet');
    expect(tunnel('default', '10.128.0.1')).toBe('host');
    expect(tunnel('default', '2001:db8:0:1::9')).toBe('six-subnet');
    expect(tunnel('default', '2001:db8:ffff::')).toBe('six');
  });

  test('the same CIDR in two virtual networks leads to each one’s tunnel', () => {
    expect(tunnel('staging', '10.128.0.1')).toBe('staging');
    expect(tunnel('default', '10.128.0.1')).toBe('host');
  });

  test('what no route covers is not found', () => {
    expect(tunnel('default', '11.0.0.1')).toBeUndefined();
    expect(tunnel('staging', '10.128.0.2')).toBeUndefined();
    expect(tunnel('unknown', '10.0.0.1')).toBeUndefined();
    expect(tunnel('everything', '::1')).toBeUndefined();
    expect(tunnel('default', 'db.internal')).toBeUndefined();
  });

  test('a default route covers every address of its family', () => {
    expect(tunnel('everything', '255.255.255.255')).toBe('all');
    expect(tunnel('everything', '0.0.0.0')).toBe('all');
  });

  test('an IPv4-mapped IPv6 address finds the IPv4 route', () => {
    expect(tunnel('default', '::ffff:10.128.0.1')).toBe('host');
  });

  test('stays right when more addresses are asked for than it remembers', () => {
    for (let i = 0; i < 10_000; i++) expect(tunnel('default', `10.127.${i >>> 8}.${i & 255}`)).toBe('wide');
    expect(tunnel('default', '10.128.0.1')).toBe('host');
  });
});

describe('longest-prefix match', () => {
  // Few distinct bits, so that prefixes nest, part and meet often.
  const octet = fc.constantFrom(0, 1, 127, 128, 255);
  const v4 = fc.tuple(fc.constantFrom(10, 11), octet, octet, octet).map((bytes) => bytes.join('.'));
  const group = fc.constantFrom('0', '1', '7fff', '8000', 'ffff');
  const v6 = fc.tuple(group, group, group).map(([a, b, c]) => `2001:db8:${a}:${b}::${c}`);

  function agrees(ip: fc.Arbitrary<string>, longest: number): void {
    const network = fc.tuple(ip, fc.integer({ min: 0, max: longest })).map(([address, bits]) => `${address}/${bits}`);
    fc.assert(
      fc.property(
        fc.array(network, { maxLength: 30 }),
        fc.array(ip, { minLength: 1, maxLength: 20 }),
        (networks, ips) => {
          const unique = new Map<string, Route>();
          for (const text of networks) unique.set(JSON.stringify(parseCidr(text)), route(text, 'n', text));
          const routes = [...unique.values()];
          const table = buildRouteTable(routes);
          for (const text of [...ips, ...networks.map((cidr) => cidr.slice(0, cidr.indexOf('/')))]) {
            expect(table.lookup('n', text)).toBe(scan(routes, text));
          }
        },
      ),
      { numRuns: 300 },
    );
  }

  /** The plain way: all that cover, the longest of them. */
  function scan(routes: readonly Route[], text: string): Route | undefined {
    const ip = parseIp(text);
    let best: { route: Route; bits: number } | undefined;
    for (const candidate of routes) {
      const cidr = parseCidr(candidate.network);
      if (ip && cidr && covers(cidr, ip) && (!best || cidr.bits > best.bits))
        best = { route: candidate, bits: cidr.bits };
    }
    return best?.route;
  }

  test('agrees with a plain scan over IPv4', () => agrees(v4, 32));
  test('agrees with a plain scan over IPv6', () => agrees(v6, 128));
});
