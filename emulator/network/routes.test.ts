import { describe, expect, test } from 'vitest';
import type { Route } from '../state/objects.js';
import { followRoutes, type RouteChange, type RouteTable, routeTableOf } from './routes.js';

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

function tableOf(routes: readonly Route[]): RouteTable {
  return routeTableOf(new Map(routes.map((each) => [each.id, each])));
}

describe('the route table', () => {
  const table = tableOf([
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

describe('a table that follows its account', () => {
  const first = route('10.0.0.0/8', 'default', 'wide');
  const second = route('10.128.0.0/16', 'default', 'subnet');
  const before = new Map([first, second].map((each) => [each.id, each]));

  function followed(...changes: RouteChange[]) {
    const after = new Map(before);
    for (const { before: old } of changes) if (old) after.delete(old.id);
    for (const { after: now } of changes) if (now) after.set(now.id, now);
    const table = routeTableOf(before);
    followRoutes(before, after, changes);
    return { table, after: routeTableOf(after) };
  }

  test('has what came, and not what went', () => {
    const third = route('10.128.0.1/32', 'default', 'host');
    const { after } = followed({ after: third }, { before: second });
    expect(after.lookup('default', '10.128.0.1')).toBe(third);
    expect(after.lookup('default', '10.128.0.2')).toBe(first);
  });

  test('stays as it was for whoever holds it', () => {
    const { table, after } = followed({ before: second });
    expect(table.lookup('default', '10.128.0.1')).toBe(second);
    expect(after.lookup('default', '10.128.0.1')).toBe(first);
  });

  test('may give one place to another route', () => {
    const same = { ...route('10.0.0.0/8', 'default', 'other'), id: 'another' };
    const { after } = followed({ after: same }, { before: first });
    expect(after.lookup('default', '10.1.1.1')).toBe(same);
  });

  test('forgets a virtual network without routes', () => {
    const { after } = followed({ before: first }, { before: second });
    expect(after.lookup('default', '10.0.0.1')).toBeUndefined();
  });

  test('knows the route of exactly one CIDR, in any spelling', () => {
    const table = routeTableOf(before);
    expect(table.at('default', '10.128.0.0/16')).toBe(second);
    expect(table.at('default', '::ffff:10.128.0.0/112')).toBe(second);
    expect(table.at('default', '10.128.0.0/17')).toBeUndefined();
    expect(table.at('staging', '10.0.0.0/8')).toBeUndefined();
  });
});
