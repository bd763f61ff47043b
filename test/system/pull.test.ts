import { expect, test } from 'vitest';
import { accountFrom, bare } from '../../emulator/config/write/write.fixture.js';
import type { ConfigInput } from '../../emulator/index.js';
import { pull } from '../../emulator/pull/index.js';
import { realDeadlines } from '../../runtime/deadlines.js';
import { address, useEmulator } from '../support/emulator.js';

const config: ConfigInput = {
  account: { name: 'pulled from', api_token: 'the-token-of-the-edge-that-is-pulled-from-0123' },
  zones: [
    {
      name: 'example.com',
      settings: { ssl: 'flexible', always_use_https: true },
      load_balancers: [
        {
          name: 'app.example.com',
          proxied: true,
          default_pools: ['sites', 'public'],
          fallback_pool: 'public',
          session_affinity: 'cookie',
          // Without it the account has none and the API tells of this one, which pools for a country mean.
          steering_policy: 'geo',
          country_pools: { JP: ['sites'] },
          rules: [
            { name: 'blog', condition: 'http.request.uri.path contains "/blog"', overrides: { pools: ['public'] } },
          ],
        },
      ],
      dns_records: [{ name: 'www', type: 'CNAME', content: 'origin.example.net', proxied: true, comment: 'shop' }],
    },
    { name: 'example.org' },
  ],
  pools: [
    {
      name: 'sites',
      description: 'behind tunnels',
      latitude: 35.5,
      longitude: 139.25,
      origin_steering: { policy: 'hash' },
      load_shedding: { default_percent: 5 },
      origins: [
        { name: 'tokyo', tunnel: 'tokyo', header: { Host: ['app.example.com'] } },
        { name: 'lab', address: 'lab.example.net', weight: 0.5, enabled: false, port: 8443 },
      ],
    },
    { name: 'public', minimum_origins: 0, check_regions: ['WEU'], origins: [{ name: 'a', address: '192.0.2.1' }] },
  ],
  monitors: [
    { name: 'web', expected_codes: '2xx', header: { Host: ['app.example.com'] } },
    { name: 'port', type: 'tcp', port: 5432 },
  ],
  monitor_groups: [{ name: 'both', members: [{ monitor: 'web', must_be_healthy: true }, { monitor: 'port' }] }],
  tunnels: [
    {
      name: 'tokyo',
      config: {
        ingress: [{ hostname: 'app.example.com', service: 'http://localhost:1' }, { service: 'http_status:404' }],
      },
      routes: [{ network: '10.0.0.0/8', virtual_network: 'lab', comment: 'racks' }, { network: '172.16.0.0/12' }],
    },
    { name: 'by file' },
  ],
  virtual_networks: [{ name: 'lab', comment: 'benches' }],
};

/** An account's objects by kind, without the secrets that no API tells. */
function kindsOf(account: ReturnType<typeof accountFrom>): Readonly<Record<string, unknown>> {
  const parts = bare(account) as Readonly<Record<string, unknown>>;
  const told = JSON.stringify(parts, (key, value: unknown) => (key === 'tunnel_secret' ? undefined : value));
  return JSON.parse(told) as Readonly<Record<string, unknown>>;
}

/** What the v4 API tells of an account. */
const KINDS = [
  ...['zones', 'load_balancers', 'dns_records', 'pools', 'monitors', 'monitor_groups'],
  ...['tunnels', 'configurations', 'virtual_networks', 'routes'],
];

test('what is pulled from another edge is what it has, of every kind', async () => {
  const emu = await useEmulator({ config });
  const before = emu.state.read();
  const { text, problems } = await pull({
    accountId: before.account.id,
    zones: [],
    baseUrl: `${address(emu, 'apiUrl')}/client/v4`,
    token: before.account.api_token,
    file: 'colocal.yaml',
    deadlines: realDeadlines,
  });
  expect(problems).toEqual([]);
  expect(text).not.toContain('left out');
  expect(text).not.toContain(before.account.api_token);
  for (const { tunnel_secret } of before.tunnels.values()) expect(text).not.toContain(tunnel_secret);

  const [pulled, expected] = [kindsOf(accountFrom(text)), kindsOf(before)];
  for (const kind of KINDS) expect([kind, pulled[kind]]).toEqual([kind, expected[kind]]);
});
