import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tunnelToken } from '../../emulator/commands/token.js';
import { loadConfigFile } from '../../emulator/config/index.js';
import { PROJECT } from '../processes/support/project.js';
import { addressOf, networksOf, readComposeFile } from './support/compose-file.js';

const OVERLAP = readComposeFile('examples/virtual-networks/compose.yaml');
const PRIVATE = readComposeFile('examples/private-ip/compose.yaml');
const LAYOUTS = ['gateway', 'per-server'];

const read = (path: string): string => readFileSync(join(PROJECT, path), 'utf8');
const loaded = (path: string) => loadConfigFile(join(PROJECT, path));

/** A part of a configuration file at its top level, to the blank line in front of the next. */
function part(text: string, name: string): string {
  return new RegExp(`^${name}:\n(?:(?: .*)?\n)*`, 'm').exec(text)?.[0].trimEnd() ?? '';
}

describe.each([
  { path: 'examples/virtual-networks/compose.yaml', file: OVERLAP },
  { path: 'examples/private-ip/compose.yaml', file: PRIVATE },
])('$path', ({ file }) => {
  const edges = Object.keys(file.services).filter((name) => /(?:^|-)edge$/.test(name));

  test('builds the image that the project is', () => {
    expect(edges).not.toEqual([]);
    for (const edge of edges) expect(file.services[edge]?.build).toBe('../..');
  });

  test('publishes on loopback alone, and nothing but the edge', () => {
    for (const [name, { ports = [] }] of Object.entries(file.services)) {
      expect(ports.length > 0, name).toBe(edges.includes(name));
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\$\{COLOCAL_\w+_PORT:-\d+\}:\d+$/);
    }
  });

  test('joins the edge and others by the network of the tunnels alone, and leads nobody else out', () => {
    for (const name of Object.keys(file.services)) {
      if (edges.includes(name)) {
        expect(networksOf(file, name)).toEqual(['public', 'tunnels']);
        continue;
      }
      for (const network of networksOf(file, name)) {
        expect(network, name).not.toBe('public');
        const { internal, driver_opts: options } = file.networks[network] ?? {};
        const kept = internal === true || options?.['com.docker.network.bridge.enable_ip_masquerade'] === 'false';
        expect(kept, network).toBe(true);
      }
    }
  });

  test('lets nobody change a network but the machines, and asks everybody whether they are ready', () => {
    for (const [name, service] of Object.entries(file.services)) {
      expect(service.healthcheck.test[0], name).toBe('CMD');
      if (service.cap_add) expect([service.entrypoint, service.cap_add]).toEqual([['machine'], ['NET_ADMIN']]);
    }
  });
});

describe('one address in two sites', () => {
  const FILE = 'examples/virtual-networks/colocal.yaml';

  test.each(['staging', 'production'])('%s has the token of its tunnel, and the address of its route', async (site) => {
    const config = await loaded(FILE);
    expect(config.warnings).toEqual([]);
    expect(OVERLAP.services[`${site}-connector`]?.environment?.TUNNEL_TOKEN).toBe(tunnelToken(config, site));
    const tunnel = config.desired.objects.find((each) => each.kind === 'tunnels' && each.object.name === site);
    const routes = config.desired.objects.flatMap((each) =>
      each.kind === 'routes' && each.object.tunnel_id === tunnel?.id ? [each.object.network] : [],
    );
    expect(routes).toEqual(['10.128.0.1/32']);
    expect(OVERLAP.services[site]?.command).toEqual(['address', '10.128.0.1']);
  });

  test.each(['staging', 'production'])('the app and the connector of %s are on its machine', (site) => {
    expect(OVERLAP.services[`${site}-connector`]?.network_mode).toBe(`service:${site}`);
    expect(OVERLAP.services[`${site}-app`]?.network_mode).toBe(`service:${site}`);
    expect(OVERLAP.services[`${site}-app`]?.command?.at(-1)).toBe('10.128.0.1:8080');
  });

  test('the edge has the API token of its configuration', async () => {
    const { desired } = await loaded(FILE);
    expect(OVERLAP.services.edge?.environment?.COLOCAL_API_TOKEN).toBe(desired.account.api_token);
  });
});

describe('private addresses in two layouts', () => {
  test.each(['zones', 'pools', 'monitors', 'virtual_networks'])('have the same %s', (name) => {
    const [gateway = '', perServer = ''] = LAYOUTS.map((layout) =>
      part(read(`examples/private-ip/${layout}.yaml`), name),
    );
    expect(gateway.split('\n').length).toBeGreaterThan(1);
    expect(perServer).toBe(gateway);
  });

  test('differ in nothing but tunnels', () => {
    const without = LAYOUTS.map((layout) =>
      read(`examples/private-ip/${layout}.yaml`)
        .replace(/^# [^\n]*\ntunnels:[\s\S]*/m, '')
        .replace(`layout "${layout}"`, 'layout'),
    );
    expect(without[0]).toContain('pools:');
    expect(without[1]).toBe(without[0]);
  });

  test.each(LAYOUTS)(
    '%s has a connector for each tunnel, on a machine that has a way to its routes',
    async (layout) => {
      const config = await loaded(`examples/private-ip/${layout}.yaml`);
      expect(config.warnings).toEqual([]);
      const tunnels = config.desired.objects.flatMap((each) => (each.kind === 'tunnels' ? [each] : []));
      const tokens = Object.entries(PRIVATE.services).flatMap(([name, { environment, profiles }]) =>
        environment?.TUNNEL_TOKEN === undefined ? [] : [{ name, token: environment.TUNNEL_TOKEN, profiles }],
      );
      const mine = tokens.filter(({ profiles }) => profiles?.includes(layout));
      expect(mine.map(({ token }) => token)).toEqual(tunnels.map(({ object }) => tunnelToken(config, object.name)));
      for (const [index, { id }] of tunnels.entries()) {
        const machine = PRIVATE.services[mine[index]?.name ?? '']?.network_mode?.replace('service:', '') ?? '';
        const routes = config.desired.objects.flatMap((each) =>
          each.kind === 'routes' && each.object.tunnel_id === id ? [each.object.network] : [],
        );
        const own = addressOf(PRIVATE, machine, 'servers');
        if (layout === 'per-server') {
          expect(routes).toEqual([`${own}/32`]);
        } else {
          expect(routes).toEqual([PRIVATE.networks.servers?.ipam?.config[0]?.subnet]);
          // Not in that network: behind a router.
          expect(networksOf(PRIVATE, machine)).toEqual(['office', 'tunnels']);
          const router = addressOf(PRIVATE, 'gateway-router', 'office');
          expect(PRIVATE.services[machine]?.command).toEqual(['route', '10.83.0.0', '255.255.255.0', router]);
        }
      }
    },
  );

  test.each(LAYOUTS)('%s has a server at the address of each endpoint', async (layout) => {
    const { desired } = await loaded(`examples/private-ip/${layout}.yaml`);
    const endpoints = desired.objects.flatMap((each) => (each.kind === 'pools' ? each.object.origins : []));
    expect(endpoints).toHaveLength(2);
    for (const { name, address, port } of endpoints) {
      const app = PRIVATE.services[`${layout}-${name}`];
      expect(app?.command).toEqual(['origin', '--name', name, '--listen', `${address}:${port}`]);
      const machine = app?.network_mode?.replace('service:', '') ?? '';
      expect(addressOf(PRIVATE, machine, 'servers')).toBe(address);
    }
  });

  test.each(LAYOUTS)('%s is a profile, and every service is in one', (layout) => {
    for (const [name, { profiles }] of Object.entries(PRIVATE.services)) {
      expect(profiles, name).toEqual([LAYOUTS.find((each) => name === each || name.startsWith(`${each}-`))]);
    }
    expect(PRIVATE.services[`${layout}-edge`]?.environment?.LAYOUT).toBe(layout);
  });
});
