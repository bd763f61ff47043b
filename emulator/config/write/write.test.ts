import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { testState } from '../../state/account.fixture.js';
import type { Writable } from '../../state/state.types.js';
import { parseConfig } from '../index.js';
import { RECORDS } from './dns-records.fixture.js';
import { accountFrom, accountOfObject, bare, textOf } from './write.fixture.js';
import { writeConfig, writtenAccount } from './write.js';

const root = new URL('../../../', import.meta.url);
const filesIn = (folder: string, ending: string): string[] =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => `${folder}${file}`)
    .sort();
const textAt = (file: string): string => readFileSync(new URL(file, root), 'utf8');

const EXAMPLES = filesIn('examples/', 'colocal.yaml');
const BLOCKS = filesIn('docs/', '.md').flatMap((file) =>
  [...textAt(file).matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(
    (match, index) => [file, index, match[1] ?? ''] as const,
  ),
);

describe('a written file gives the account that it was written of', () => {
  test.each(EXAMPLES)('%s', (file) => {
    const account = accountFrom(textAt(file));
    const text = textOf(account);
    expect(bare(accountFrom(text))).toEqual(bare(account));
    expect(text).not.toContain('left out');
  });

  const loadable = BLOCKS.filter(([file, , block]) => {
    try {
      return parseConfig(block, file) !== undefined;
    } catch {
      return false;
    }
  });

  test('documentation has examples', () => {
    expect(EXAMPLES.length).toBeGreaterThan(3);
    expect(loadable.length).toBeGreaterThan(10);
  });

  test.each(loadable)('%s, example %i', (_file, _index, block) => {
    const account = accountFrom(block);
    expect(bare(accountFrom(textOf(account)))).toEqual(bare(account));
  });
});

const POOL = { name: 'app', id: '1'.repeat(32), origins: [{ name: 'a', address: '192.0.2.1' }] };
const TUNNEL = '11111111-1111-4111-8111-111111111111';

describe('a written file is for people', () => {
  test('has names in place of ids that refer, ids of objects, and no defaults', () => {
    const account = accountOfObject({
      account: { id: 'a'.repeat(32), api_token: 't'.repeat(40) },
      zones: [
        {
          name: 'example.com',
          id: '2'.repeat(32),
          load_balancers: [
            {
              name: 'app.example.com',
              id: '3'.repeat(32),
              proxied: true,
              default_pools: ['app'],
              session_affinity: 'cookie',
            },
          ],
        },
      ],
      pools: [
        {
          ...POOL,
          monitor: 'web',
          origins: [
            { name: 'tokyo', tunnel: 'tokyo' },
            { name: 'lab', address: '10.0.0.1', virtual_network: 'default', weight: 0.5 },
          ],
        },
      ],
      monitors: [{ name: 'web', id: '4'.repeat(32), expected_codes: '200' }],
      tunnels: [
        {
          name: 'tokyo',
          id: TUNNEL,
          tunnel_secret: 'c2VjcmV0IG9mIHRva3lvIHRoYXQgbXVzdCBub3QgbGVhaw==',
          config: { ingress: [{ service: 'http://127.0.0.1:9001' }] },
          routes: [{ network: '10.0.0.0/8', id: '22222222-2222-4222-8222-222222222222' }],
        },
      ],
    });
    expect(textOf(account)).toBe(`account:
  id: ${'a'.repeat(32)}
  api_token: ${'t'.repeat(40)}

zones:
  - name: example.com
    id: "${'2'.repeat(32)}"
    load_balancers:
      - name: app.example.com
        id: "${'3'.repeat(32)}"
        proxied: true
        default_pools: [app]
        session_affinity: cookie

pools:
  - name: app
    id: "${'1'.repeat(32)}"
    origins:
      - name: tokyo
        tunnel: tokyo
      - name: lab
        address: 10.0.0.1
        weight: 0.5
        virtual_network: default
    monitor: web

monitors:
  - name: web
    id: "${'4'.repeat(32)}"
    expected_codes: "200"

tunnels:
  - name: tokyo
    id: ${TUNNEL}
    tunnel_secret: c2VjcmV0IG9mIHRva3lvIHRoYXQgbXVzdCBub3QgbGVhaw==
    config:
      ingress:
        - service: http://127.0.0.1:9001
    routes:
      - network: 10.0.0.0/8
        id: 22222222-2222-4222-8222-222222222222
`);
  });

  test('is the same whenever the account is the same', () => {
    const account = accountFrom(textAt('examples/demo/colocal.yaml'));
    expect(textOf(accountFrom(textOf(account)))).toBe(textOf(account));
  });
});

describe('secrets', () => {
  test('are written only when they are asked for', () => {
    const account = accountFrom(textAt('examples/demo/colocal.yaml'));
    const { text } = writeConfig(writtenAccount(account), { secrets: false, head: ['by nobody'] });
    expect(text).toMatch(/^# by nobody\n\naccount:/);
    expect(text).not.toMatch(/api_token|tunnel_secret/);
    for (const { tunnel_secret } of account.tunnels.values()) expect(text).not.toContain(tunnel_secret);
    expect(textOf(account).match(/tunnel_secret: /g)).toHaveLength(account.tunnels.size);
  });
});

describe('DNS records', () => {
  const { state } = testState();
  state.transact('api', (draft) => {
    const { id: zone_id } = draft.put('zones', { name: 'example.com' });
    for (const [index, record] of RECORDS.entries()) {
      draft.put('dns_records', { ...record, zone_id, name: `n${index}` } as Writable<'dns_records'>);
    }
  });
  const before = state.read();

  test('of every type come back', () => {
    expect(new Set(RECORDS.map(({ type }) => type)).size).toBe(21);
    expect(bare(accountFrom(textOf(before)))).toEqual(bare(before));
  });

  test('say their content once: by its parts where they have them', () => {
    const text = textOf(before);
    expect(text).toContain('port: 5060');
    expect(text).not.toContain('1 2 5060 sip.example.net');
    // It is as much a part as any other.
    expect(text).toContain('value: null');
  });
});

describe('what the API can make', () => {
  const { state } = testState();
  state.transact('api', (draft) => {
    const zone = draft.put('zones', { name: 'example.com' });
    const monitor = draft.put('monitors', { expected_codes: '2xx' });
    const like = draft.put('monitors', { expected_codes: '2xx', description: 'monitor-1' });
    const twice = draft.put('monitors', { expected_codes: '2xx', description: 'monitor-1' });
    const long = draft.put('monitors', { type: 'tcp', port: 25, description: `two\nlines ${'x'.repeat(100)}` });
    const members = [monitor, like, twice, long].map(({ id }) => ({
      monitor_id: id,
      enabled: true,
      monitoring_only: false,
      must_be_healthy: true,
    }));
    const group = draft.put('monitor_groups', { description: '', members });
    const lab = draft.put('virtual_networks', { name: 'lab', is_default_network: true });
    const tunnel = draft.put('tunnels', { name: '0123', config_src: 'cloudflare' });
    const told = draft.put('tunnels', { name: 'told', config_src: 'cloudflare' });
    draft.put('configurations', {
      id: told.id,
      config: { ingress: [{ hostname: '', service: 'http://a:1', originRequest: { noTLSVerify: true, newKey: 1 } }] },
    });
    draft.put('routes', { network: '10.0.0.0/8', tunnel_id: tunnel.id, virtual_network_id: lab.id });
    const pool = draft.put('pools', {
      name: 'null',
      monitor_group: group.id,
      origins: [
        { name: 'yes', address: `${tunnel.id}.cfargotunnel.com` },
        { name: '<<', address: '11111111-1111-4111-8111-111111111111.cfargotunnel.com', enabled: false },
      ],
    });
    draft.put('load_balancers', {
      zone_id: zone.id,
      name: '*.example.com',
      default_pools: [pool.id],
      fallback_pool: pool.id,
      random_steering: { pool_weights: { [pool.id]: 0.5 } },
      rules: [{ fixed_response: {} }, { overrides: { region_pools: { WEU: [pool.id] }, session_affinity: 'none' } }],
      pool_sets: [{ overrides: { pools: [pool.id], fallback_pool: pool.id } }],
    });
    draft.put('faults', {
      id: 'x',
      name: 'f',
      type: 'origin_status',
      status: 503,
      match: { header: { '<<': 'a: b # c' } },
    });
  });
  const written = writeConfig(writtenAccount(state.read()), { secrets: true, head: [] });

  test('is written as well: no descriptions, equal ones, promoted networks, no configuration yet', () => {
    const expected = bare(state.read()) as { configurations: Record<string, unknown>; faults: Record<string, object> };
    const [id = ''] = Object.keys(expected.configurations);
    expected.configurations[id] = {
      id,
      config: { ingress: [{ hostname: '', service: 'http://a:1', originRequest: { noTLSVerify: true } }] },
    };
    const read = bare(accountFrom(written.text)) as typeof expected;
    const faultsOf = ({ faults }: typeof expected) => Object.values(faults).map((fault) => ({ ...fault, id: '' }));
    expect(faultsOf(read)).toEqual(faultsOf(expected));
    expect({ ...read, faults: {} }).toEqual({ ...expected, faults: {} });
  });

  test('and what the file has no word for is said in place', () => {
    expect(written.leftOut).toEqual([
      {
        path: ['tunnels', 1, 'config', 'ingress', 0, 'originRequest', 'newKey'],
        message: 'is not a key of colocal.yaml',
      },
    ]);
    expect(written.text).toContain(
      '        # left out: tunnels[1].config.ingress[0].originRequest.newKey is not a key of colocal.yaml\n        - ',
    );
  });
});
