import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { tunnelToken } from '../../emulator/commands/token.js';
import { connectorEnvironment } from '../../emulator/commands/token-env.js';
import { loadConfigFile } from '../../emulator/config/index.js';
import { PROJECT } from '../processes/support/project.js';

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck: { readonly test?: readonly string[] };
  readonly networks: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
}

const FOLDER = join(PROJECT, 'examples/cloudflared');
const config = await loadConfigFile(join(FOLDER, 'colocal.yaml'));
const { services, networks, volumes } = parse(readFileSync(join(FOLDER, 'compose.yaml'), 'utf8'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
  readonly volumes: Readonly<Record<string, null>>;
};
const CONNECTORS = Object.keys(services).filter((name) => name.endsWith('-cloudflared'));
const tunnelOf = (connector: string): string => connector.replace('-cloudflared', '');

/** What Docker and the image are not needed for: that compose.yaml and colocal.yaml of examples/cloudflared/ agree. */
describe('the cloudflared example', () => {
  test('goes with a configuration that has no warnings, and has a connector for each tunnel', () => {
    expect(config.warnings).toEqual([]);
    const tunnels = config.desired.objects.flatMap((each) => (each.kind === 'tunnels' ? [each.object.name] : []));
    expect(CONNECTORS.map(tunnelOf)).toEqual(tunnels);
  });

  test.each(CONNECTORS)('%s is what users have, with the variables that `token --env` prints', (name) => {
    const service = services[name];
    expect(service?.image).toMatch(/:-cloudflare\/cloudflared:latest\}$/);
    const token = tunnelToken(config, tunnelOf(name));
    const printed = connectorEnvironment(config, token, '/ca/colocal-ca.pem').replaceAll('127.0.0.1', 'edge');
    const variables = printed.split('\n').map((line) => {
      const [, variable = '', value = ''] = /^export (\w+)=(.*)$/.exec(line) ?? [];
      return [variable, value];
    });
    const { TUNNEL_METRICS: metrics, ...rest } = service?.environment ?? {};
    expect(rest).toEqual(Object.fromEntries(variables));
    expect(service?.healthcheck.test).toContain(metrics);
  });

  test('has the authority written where cloudflared reads it, before it starts', () => {
    expect(Object.keys(volumes)).toEqual(['ca']);
    expect(services.ca?.volumes).toEqual(['ca:/ca']);
    expect(services.ca?.environment?.COLOCAL_API_TOKEN).toBe(config.desired.account.api_token);
    expect(services.ca?.environment?.COLOCAL_URL).toBe(`http://edge:${config.listen.api?.port}`);
    expect(services.ca?.depends_on).toEqual({ edge: { condition: 'service_healthy' } });
    for (const name of CONNECTORS) {
      expect(services[name]?.volumes).toEqual(['ca:/ca:ro']);
      expect(services[name]?.depends_on).toEqual({ ca: { condition: 'service_completed_successfully' } });
    }
    // The edge must not wait for those that wait for it.
    expect(services.edge?.healthcheck.test?.at(-1)).toMatch(/\/ready$/);
  });

  test('lets no network join the edge and an origin, and no site out', () => {
    expect(services.edge?.networks).toEqual(['public', 'tunnels']);
    for (const [name, { networks: joined }] of Object.entries(services)) {
      if (name === 'edge') continue;
      const site = tunnelOf(name).replace('-app', '');
      expect(joined).toEqual(name === 'ca' ? ['tunnels'] : name.endsWith('-app') ? [site] : ['tunnels', site]);
      for (const network of joined) expect(networks[network]?.internal, network).toBe(true);
    }
  });

  test('sends each site to an app that is there', () => {
    const rules = config.desired.objects.flatMap((each) =>
      each.kind === 'configurations' ? (each.object.config.ingress ?? []).map(({ service }) => service) : [],
    );
    const apps = rules.filter((service) => service.startsWith('http://'));
    expect(apps).toEqual(['http://tokyo-app:8080', 'http://osaka-app:8080']);
    for (const app of apps) {
      const { hostname, port } = new URL(app);
      expect(services[hostname]?.command?.at(-1)).toBe(`0.0.0.0:${port}`);
    }
  });

  test('publishes what the edge listens on, on loopback alone', () => {
    const published = services.edge?.ports?.map((port) => /^127\.0\.0\.1:\$\{\w+:-(\d+)\}:(\d+)$/.exec(port)?.slice(1));
    expect(published?.map((each) => each?.[1])).toEqual(
      [config.listen.http, config.listen.https, config.listen.api].map((listen) => String(listen?.port)),
    );
    for (const [name, { ports = [] }] of Object.entries(services)) if (name !== 'edge') expect(ports).toEqual([]);
  });

  test('has a variant in which the edge is the resolver of each connector, and is given nowhere else', () => {
    const text = readFileSync(join(FOLDER, 'compose.dns.yaml'), 'utf8');
    const variant = parse(text, { merge: true, logLevel: 'silent' }) as {
      readonly services: Readonly<Record<string, { dns?: string; environment?: object; networks?: object }>>;
    };
    const edge = '172.31.253.2';
    expect(variant.services.edge?.networks).toEqual({ tunnels: { ipv4_address: edge } });
    for (const name of CONNECTORS) {
      expect(variant.services[name]?.dns).toBe(edge);
      // The protocol stays: with a token cloudflared would begin with QUIC, whatever DNS says.
      expect(Object.keys(variant.services[name]?.environment ?? {})).toEqual(['TUNNEL_EDGE']);
    }
    expect(config.listen.dns).toMatchObject({ host: '0.0.0.0', port: 53 });
  });
});
