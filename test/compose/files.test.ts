import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tunnelToken } from '../../emulator/commands/token.js';
import { loadConfigFile } from '../../emulator/config/index.js';
import { PROJECT } from '../processes/support/project.js';
import { networksOf, readComposeFile } from './support/compose-file.js';

const config = await loadConfigFile(join(PROJECT, 'examples/compose/colocal.yaml'));
const file = readComposeFile('compose.yaml');
const { services, networks } = file;

/** What Docker is not needed for: that compose.yaml and examples/compose/colocal.yaml speak of the same things. */
describe('compose.yaml', () => {
  test('goes with a configuration that has no warnings', () => {
    expect(config.warnings).toEqual([]);
  });

  test.each(['tokyo', 'osaka'])('gives the connectors of %s the token of its tunnel', (site) => {
    expect(services[`${site}-connector`]?.environment?.TUNNEL_TOKEN).toBe(tunnelToken(config, site));
  });

  test("gives the edge's own commands its API token", () => {
    expect(services.edge?.environment?.COLOCAL_API_TOKEN).toBe(config.desired.account.api_token);
  });

  test.each(['tokyo', 'osaka'])('gives site %s the network that its tunnel is the route to', (site) => {
    const subnet = networks[site]?.ipam?.config[0]?.subnet;
    const tunnel = config.desired.objects.find((object) => object.kind === 'tunnels' && object.object.name === site);
    const routes = config.desired.objects.flatMap((object) =>
      object.kind === 'routes' && object.object.tunnel_id === tunnel?.id ? [object.object.network] : [],
    );
    expect(routes).toEqual([subnet]);
  });

  test('lets no network join the edge and an origin, and no site out', () => {
    const edge = networksOf(file, 'edge');
    for (const name of Object.keys(services)) {
      if (name === 'edge') continue;
      const common = networksOf(file, name).filter((network) => edge.includes(network));
      expect(common, name).toEqual(name.endsWith('-connector') ? ['tunnels'] : []);
      for (const network of networksOf(file, name)) expect(networks[network]?.internal, network).toBe(true);
    }
  });

  test('publishes on loopback alone', () => {
    for (const { ports = [] } of Object.values(services)) {
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
  });

  test('waits for the monitors, and every pool has one', () => {
    expect(services.edge?.healthcheck.test.at(-1)).toMatch(/\/ready\?for=tunnels,health$/);
    const pools = config.desired.objects.filter((object) => object.kind === 'pools');
    expect(pools.map(({ object }) => object.monitor)).toEqual(pools.map(() => expect.stringMatching(/./)));
  });

  test('asks every service whether it is ready', () => {
    for (const [name, { healthcheck }] of Object.entries(services)) {
      expect(healthcheck.test, name).toEqual(['CMD', 'ready', expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\//)]);
    }
  });
});

test('the Dockerfile copies only what .dockerignore lets through', () => {
  const copied = [...readFileSync(join(PROJECT, 'Dockerfile'), 'utf8').matchAll(/^COPY (?!--from)(.+) \S+$/gm)]
    .flatMap(([, sources = '']) => sources.split(' '))
    .filter((source) => source !== '.');
  expect(copied).toContain('examples/demo');
  const through = [...readFileSync(join(PROJECT, '.dockerignore'), 'utf8').matchAll(/^!(.+)$/gm)].map(
    ([, path = '']) => path,
  );
  const missing = copied.filter((source) => !through.some((path) => source === path || source.startsWith(`${path}/`)));
  expect(missing).toEqual([]);
});
