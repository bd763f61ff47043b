import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseConfig, writeConfig } from '../../config/index.js';
import type { V4Account } from '../read-account.js';
import * as v4 from '../v4-account.fixture.js';
import type { V4Object } from '../v4-client.js';
import { convertAccount } from './convert.js';

const [zone = {}] = v4.ZONES;
const golden = readFileSync(new URL('../golden/account.yaml', import.meta.url), 'utf8');

function fileOf(from: V4Account): { text: string; leftOut: readonly string[] } {
  const { account, leftOut } = convertAccount(from);
  const written = writeConfig(account, { secrets: false, head: [], leftOut });
  return {
    text: written.text,
    leftOut: written.leftOut.map(({ path, message }) => `${path.join('.')} ${message}`),
  };
}

describe('an account of the v4 API', () => {
  const { text } = fileOf(v4.v4Account());

  test('becomes a colocal.yaml, with names for ids and tunnels for their host names', () => {
    expect(text).toBe(golden);
  });

  test('is taken by an edge', () => {
    expect(parseConfig(text, 'colocal.yaml').desired.objects.length).toBeGreaterThan(10);
  });

  test('keeps its secrets', () => {
    expect(text).not.toContain(v4.SECRET);
  });
});

describe('what cannot be taken over is told where it was', () => {
  test('such as an object of an unknown form', () => {
    const origins = [{ name: 'a', address: '192.0.2.1' }];
    const pools: V4Object[] = [
      { id: 'x', name: 'no-origins' },
      { id: '1'.repeat(32), name: 'good', origins, monitor: 'f'.repeat(32) },
      { name: 'no-id', origins },
    ];
    const { text, leftOut } = fileOf(v4.v4AccountOf({ pools }));
    expect(leftOut).toEqual([
      'pools has no "no-id": it has no id',
      'pools has no "no-origins": origins is required',
      `pools.0.monitor is not there: ${'f'.repeat(32)}`,
    ]);
    expect(text).toContain('# left out: pools has no "no-id": it has no id\n');
    expect(parseConfig(text, 'x').desired.objects).toHaveLength(1);
  });

  test('such as load balancers of no zone, routes of other connectors, and routes by name', () => {
    const { leftOut } = fileOf(
      v4.v4AccountOf({
        accountLoadBalancers: [{ id: 'x', name: 'private.example' }],
        routes: v4.ROUTES.slice(2),
        hostnameRoutes: v4.HOSTNAME_ROUTES,
      }),
    );
    expect(leftOut).toEqual([
      'private_load_balancers has no "private.example": default_pools is required',
      `tunnels have no place for the route "192.168.0.0/16", whose tunnel (${v4.GONE}) is not of cloudflared`,
      `tunnels have no place for the hostname route "wiki.internal" to ${v4.TOKYO}`,
    ]);
  });

  test('such as settings of a zone that the token may not read', () => {
    const { leftOut } = fileOf(
      v4.v4AccountOf({ zones: [{ zone, loadBalancers: [], dnsRecords: [], settings: { ssl: 'origin_pull' } }] }),
    );
    expect(leftOut).toEqual([
      expect.stringMatching(
        /^zones\.0\.settings\.ssl must be one of off, flexible, full, strict; it is "origin_pull"$/,
      ),
      'zones.0.settings.always_use_https could not be read; its default is used',
    ]);
  });
});

describe('what the service allows', () => {
  test('is allowed: one address twice in a pool', () => {
    const origins = ['a', 'b'].map((name) => ({ name, address: '192.0.2.1' }));
    const { text } = fileOf(v4.v4AccountOf({ pools: [{ id: '1'.repeat(32), name: 'twice', origins }] }));
    expect(parseConfig(text, 'x').desired.settings.duplicate_addresses).toBe('allow');
  });

  test('is the same whatever order it comes in', () => {
    const { pools, monitors, tunnels, routes, virtualNetworks } = v4.v4Account();
    const reversed = v4.v4Account({
      pools: [...pools].reverse(),
      monitors: [...monitors].reverse(),
      tunnels: [...tunnels].reverse(),
      routes: [...routes].reverse(),
      virtualNetworks: [...virtualNetworks].reverse(),
    });
    expect(fileOf(reversed).text).toBe(golden);
  });
});
