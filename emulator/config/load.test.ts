import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createState } from '../state/state.js';
import type { AccountState } from '../state/state.types.js';
import {
  accountOf,
  applyConfig,
  ConfigError,
  type ConfigInput,
  configFromObject,
  type LoadedConfig,
  loadConfigFile,
  parseConfig,
} from './index.js';

const SECRET = 'MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=';

const WHOLE = `
zones:
  - name: example.com
    load_balancers:
      - name: app.example.com
        proxied: true
        default_pools: [tokyo, osaka]
    dns_records:
      - {name: www, type: CNAME, content: app.example.com, proxied: true}
pools:
  - name: tokyo
    monitor: web
    origins:
      - name: tokyo-a
        tunnel: tokyo
        header: {Host: [app.example.com]}
  - name: osaka
    id: 0123456789abcdef0123456789abcdef
    origins:
      - name: osaka-a
        address: 10.128.0.1
        virtual_network: staging
monitors:
  - name: web
    expected_codes: 2xx
tunnels:
  - name: tokyo
    id: 3c5bd6a6-7a4e-4b52-9d8f-0d6b1a3c7e21
    tunnel_secret: ${SECRET}
    config:
      ingress:
        - hostname: app.example.com
          service: http://localhost:3000
        - service: http_status:404
    routes:
      - network: 10.128.0.0/16
        virtual_network: staging
virtual_networks:
  - name: staging
`;

function stateOf(loaded: LoadedConfig): AccountState {
  const state = createState({ clock: { now: () => 0 }, account: accountOf(loaded) });
  applyConfig(state, loaded);
  return state;
}

describe('a configuration', () => {
  test('turns names into ids', () => {
    const account = stateOf(parseConfig(WHOLE, 'colocal.yaml')).read();
    const [loadBalancer] = account.load_balancers.values();
    const [tokyo, osaka] = [...account.pools.values()];
    const [monitor] = account.monitors.values();
    const staging = [...account.virtual_networks.values()].find(({ name }) => name === 'staging');
    const [route] = account.routes.values();
    expect(loadBalancer?.default_pools).toEqual([tokyo?.id, osaka?.id]);
    expect(loadBalancer?.zone_id).toBe([...account.zones.keys()][0]);
    expect(osaka?.id).toBe('0123456789abcdef0123456789abcdef');
    expect(tokyo).toMatchObject({
      monitor: monitor?.id,
      origins: [{ address: '3c5bd6a6-7a4e-4b52-9d8f-0d6b1a3c7e21.cfargotunnel.com' }],
    });
    expect(tokyo?.origins[0]).not.toHaveProperty('tunnel');
    expect(monitor).toMatchObject({ description: 'web', method: 'GET', interval: 60 });
    expect(osaka?.origins[0]?.virtual_network_id).toBe(staging?.id);
    expect(route).toMatchObject({ tunnel_id: '3c5bd6a6-7a4e-4b52-9d8f-0d6b1a3c7e21', virtual_network_id: staging?.id });
    expect([...account.dns_records.values()][0]?.name).toBe('www.example.com');
    expect([...account.configurations.values()][0]).toMatchObject({ version: 1, config: { ingress: [{}, {}] } });
    expect([...account.tunnels.values()][0]?.config_src).toBe('cloudflare');
  });

  test('takes the last default pool as the fallback pool, unless it names one', () => {
    const fallback = (text: string) =>
      [...stateOf(parseConfig(text, 'f')).read().load_balancers.values()][0]?.fallback_pool;
    expect(fallback(WHOLE)).toBe('0123456789abcdef0123456789abcdef');
    const named = WHOLE.replace(
      'default_pools: [tokyo, osaka]',
      'default_pools: [osaka]\n        fallback_pool: tokyo',
    );
    expect(fallback(named)).not.toBe('0123456789abcdef0123456789abcdef');
  });

  test('takes ids in place of names', () => {
    const byId = WHOLE.replace('[tokyo, osaka]', '[0123456789abcdef0123456789abcdef]').replace(
      'tunnel: tokyo',
      'tunnel: 3c5bd6a6-7a4e-4b52-9d8f-0d6b1a3c7e21',
    );
    expect([...stateOf(parseConfig(byId, 'f')).read().load_balancers.values()][0]?.default_pools).toEqual([
      '0123456789abcdef0123456789abcdef',
    ]);
  });

  test('gives the same ids in every run, and others to another account', () => {
    const ids = (text: string) => parseConfig(text, 'f').desired.objects.map(({ id }) => id);
    expect(ids(WHOLE)).toEqual(ids(WHOLE));
    expect(ids(`account: {name: other}\n${WHOLE}`)[0]).not.toBe(ids(WHOLE)[0]);
  });

  test('has the documented defaults', () => {
    const loaded = configFromObject({});
    expect(loaded).toMatchObject({
      listen: {
        http: { host: '127.0.0.1', port: 8080 },
        https: { host: '127.0.0.1', port: 8443 },
        connectors: { host: '127.0.0.1', port: 7843 },
        api: { host: '127.0.0.1', port: 7880 },
        cloudflared: [7844, 7845, 7846, 7847].map((port) => ({ host: '127.0.0.1', port })),
      },
      clock: { mode: 'real', scale: 1 },
      warnings: [],
      desired: {
        settings: {
          vantage: true,
          route_header: true,
          duplicate_addresses: 'refuse',
          simulate_latency: false,
          timeouts: { connect: 19, response: 120, idle: 900 },
        },
      },
    });
    expect(loaded.desired.data_centers).toHaveLength(39);
    expect(loaded).not.toHaveProperty('seed');
    expect(loaded).not.toHaveProperty('file');
  });

  test('takes addresses for cloudflared, with the data center that they belong to, or none', () => {
    const cloudflared = ['127.0.0.1:0', { address: '0.0.0.0:7844', data_center: 'KIX' }];
    expect(configFromObject({ listen: { cloudflared } }).listen.cloudflared).toEqual([
      { host: '127.0.0.1', port: 0 },
      { host: '0.0.0.0', port: 7844, dataCenter: 'KIX' },
    ]);
    expect(configFromObject({ listen: { cloudflared: 'off' } }).listen.cloudflared).toEqual([]);
  });

  test('can turn listeners off and have them on any port', () => {
    expect(configFromObject({ listen: { https: 'off', http: '[::1]:0', api: '0.0.0.0:0' } }).listen).toMatchObject({
      https: null,
      http: { host: '::1', port: 0 },
      api: { host: '0.0.0.0', port: 0 },
    });
  });

  test('without a token gets one that API clients accept, and never the same', () => {
    const tokens = [1, 2].map(() => accountOf(configFromObject({})).api_token);
    expect(tokens[0]).toMatch(/^[0-9A-Za-z_-]{40,80}$/);
    expect(tokens[0]).not.toBe(tokens[1]);
  });
});

describe('an object as configuration', () => {
  test('has its problems named by path alone', () => {
    const error = caught(() =>
      configFromObject({ pools: [{ name: 'a', origins: [{ name: 'x', address: '192.0.2.1', weight: 2 }] }] }),
    );
    expect(error.message).toBe('pools[0].origins[0].weight must be at most 1; it is 2');
    expect(error.problems[0]).toEqual({
      path: 'pools[0].origins[0].weight',
      code: 'out_of_range',
      message: error.message,
    });
  });

  test('has misspelt keys refused that types did not catch', () => {
    const typo: unknown = { pols: [] };
    expect(() => configFromObject(typo as ConfigInput)).toThrow('pols is not a known key; did you mean "pools"?');
  });
});

describe('applying', () => {
  test('names the place in the file when the API made something that is in the way', () => {
    const loaded = parseConfig(WHOLE, 'colocal.yaml');
    const state = createState({ clock: { now: () => 0 }, account: accountOf(loaded) });
    state.transact('api', (draft) =>
      draft.put('pools', { name: 'tokyo', origins: [{ name: 'a', address: '192.0.2.1' }] }),
    );
    const before = state.read();
    const error = caught(() => applyConfig(state, loaded));
    expect(error.problems).toMatchObject([{ line: 11, column: 11, path: 'pools[0].name', code: 'not_unique' }]);
    expect(state.read()).toBe(before);
  });

  test('says that the API deleted what the file refers to', () => {
    const loaded = parseConfig(WHOLE, 'colocal.yaml');
    const state = stateOf(loaded);
    const id = '0123456789abcdef0123456789abcdef';
    state.transact('api', (draft) => {
      for (const loadBalancer of draft.read().load_balancers.keys()) draft.delete('load_balancers', loadBalancer);
      draft.delete('pools', id);
    });
    const edited = parseConfig(WHOLE.replace('proxied: true\n', 'proxied: true\n        ttl: 60\n'), 'colocal.yaml');
    expect(() => applyConfig(state, edited)).toThrow('The API deleted it');
  });

  test('refuses the file of another account', () => {
    const state = stateOf(parseConfig(WHOLE, 'colocal.yaml'));
    const other = parseConfig(`account: {id: ${'f'.repeat(32)}}`, 'colocal.yaml');
    expect(() => applyConfig(state, other)).toThrow(/another id than the running edge/);
  });
});

describe('a file', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'colocal-load-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('is read by its path', async () => {
    const path = join(folder, 'colocal.yaml');
    await writeFile(path, WHOLE);
    expect(await loadConfigFile(path)).toMatchObject({ file: path, text: WHOLE });
  });

  test('that is not there is named, with what to do', async () => {
    await expect(loadConfigFile(join(folder, 'nothing.yaml'))).rejects.toMatchObject({
      code: 'CONFIG_NOT_FOUND',
      message: expect.stringContaining('nothing.yaml'),
      fix: expect.stringContaining('--config'),
    });
  });

  test('that is a directory is named so', async () => {
    await expect(loadConfigFile(folder)).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
      message: expect.stringContaining('is a directory'),
    });
  });
});

test('a message lists twenty problems at most; the error has them all', () => {
  const pools = Array.from({ length: 57 }, (_, index) => ({ name: `p${index}` }));
  const error = caught(() => configFromObject({ pools } as never));
  expect(error.problems).toHaveLength(57);
  const lines = error.message.split('\n');
  expect(lines).toHaveLength(22);
  expect(lines[0]).toBe('the configuration has 57 problems:');
  expect(lines.at(-1)).toBe('  and 37 more');
});

function caught(load: () => unknown): ConfigError {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}
