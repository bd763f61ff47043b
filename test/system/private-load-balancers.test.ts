import { describe, expect, test } from 'vitest';
import { exportConfig, parseConfig } from '../../emulator/config/index.js';
import type { ConfigInput, Emulator } from '../../emulator/index.js';
import { readUntil } from '../support/client.js';
import { address, useEmulator } from '../support/emulator.js';
import { basic, connectBy, socks } from '../support/on-ramp.js';
import { closedPort, useOrigin } from '../support/servers.js';

const SITES = ['east', 'west'] as const;
/** The same address in both sites, each in a virtual network of its own. */
const ENDPOINT = '10.128.0.1';
const OWN = '10.200.0.1';

const CONFIG: ConfigInput = {
  tunnels: SITES.map((name) => ({
    name,
    config: { ingress: [{ service: 'http_status:404' }] },
    routes: [{ network: '10.128.0.0/16', virtual_network: name }],
  })),
  virtual_networks: [...SITES.map((name) => ({ name })), { name: 'people', hosts: { 'db.internal': OWN } }],
  pools: [
    {
      name: 'both',
      origins: SITES.map((name) => ({
        name,
        address: name === 'east' ? ENDPOINT : '10.128.0.2',
        virtual_network: name,
        weight: name === 'east' ? 1 : 0.01,
      })),
    },
    { name: 'west', origins: [{ name: 'west', address: '10.128.0.2', virtual_network: 'west', port: 81 }] },
  ],
};

type Balancer = NonNullable<ConfigInput['private_load_balancers']>[number];

async function useBalancer(
  ports: { readonly east: number; readonly west: number; readonly other?: number },
  balancer: Partial<Balancer> & { readonly unaddressed?: true } = {},
  part: ConfigInput = {},
): Promise<{ readonly emu: Emulator; readonly url: string }> {
  const { unaddressed, ...given } = balancer;
  const own = unaddressed ? {} : { address: OWN };
  const emu = await useEmulator({
    seed: 1,
    config: {
      ...CONFIG,
      private_load_balancers: [{ name: 'db', ...own, default_pools: ['both'], ...given }],
      ...part,
    },
  });
  // Whatever a test asks for: nothing may be dialled outside of this machine.
  const maps = (port: number): string[] => [
    ...[`${ENDPOINT}:80`, '10.128.0.2:80', '10.128.0.2:81'].map((from) => `${from}=127.0.0.1:${port}`),
    `${ENDPOINT}:82=127.0.0.1:${ports.other ?? port}`,
  ];
  for (const site of SITES) {
    await emu.connect({ tunnel: site, connections: 1, location: 'NRT', maps: maps(ports[site]) });
  }
  return { emu, url: address(emu, 'onRampUrl') };
}

async function useSites() {
  const [east, west] = await Promise.all(SITES.map((site) => useOrigin(site)));
  return { east: east?.address.port ?? 0, west: west?.address.port ?? 0 };
}

/** What an HTTP server says it is that the address leads to. */
async function nameAt(url: string, host = OWN, port = 80): Promise<string> {
  const { reply, socket } = await socks(url, { host, port, user: '+people', password: 'x' });
  if (reply !== 0) return `reply ${reply}`;
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  const text = await readUntil(socket, (said) => said.includes('\r\n\r\n'));
  return /^x-origin: (.*)\r$/m.exec(text)?.[1] ?? text;
}

const steps = (emu: Emulator): string[] =>
  emu.requests.list(1)[0]?.reasons.map(({ step, outcome }) => `${step} ${outcome}`) ?? [];

describe('the address of a private load balancer', () => {
  test('leads to an endpoint in its own virtual network, and the record says by which', async () => {
    const { emu, url } = await useBalancer(await useSites());
    expect(await nameAt(url)).toBe('east');
    expect(emu.requests.list(1)[0]).toMatchObject({
      status: 200,
      loadBalancer: 'db',
      pool: 'both',
      endpoint: 'east',
      host: OWN,
      privateNetwork: { name: 'people', port: 80 },
      attempts: [{ tunnel: 'east' }],
    });
    expect(steps(emu)).toEqual(
      expect.arrayContaining(['load_balancer matched', 'pool chosen', 'endpoint chosen', 'route chosen']),
    );
  });

  test('may have a name in a virtual network, and is reached by CONNECT too', async () => {
    const { url } = await useBalancer(await useSites());
    expect(await nameAt(url, 'db.internal')).toBe('east');
    expect((await connectBy(url, `${OWN}:80`)).status).toBe(200);
  });

  test('passes the port on to endpoints that have none, and not to those that do', async () => {
    const sites = await useSites();
    const other = (await useOrigin('other')).address.port;
    const passed = await useBalancer({ ...sites, other });
    expect(await nameAt(passed.url, OWN, 82)).toBe('other');
    const kept = await useBalancer({ ...sites, other }, { default_pools: ['west'] });
    expect(await nameAt(kept.url, OWN, 82)).toBe('west');
  });

  test('comes before a route that covers it', async () => {
    const { url } = await useBalancer(await useSites(), { address: '10.128.0.9' });
    expect(await nameAt(url, '10.128.0.9')).toBe('east');
  });

  test('is judged by the policies like any other address', async () => {
    const policies = [{ name: 'no', action: 'block' as const, destinations: [`${OWN}/32`] }];
    const { url } = await useBalancer(await useSites(), {}, { access: { policies } });
    expect(await nameAt(url)).toBe('reply 2');
  });

  test('is none of the HTTP side', async () => {
    const { emu } = await useBalancer(await useSites(), { name: 'db.example.com' });
    expect((await emu.fetch('http://db.example.com/')).status).toBe(409);
  });
});

describe('when a dial fails', () => {
  test('one further endpoint of the pool is tried', async () => {
    const { west } = await useSites();
    const { emu, url } = await useBalancer({ east: await closedPort(), west });
    expect(await nameAt(url)).toBe('west');
    expect(emu.requests.list(1)[0]).toMatchObject({
      endpoint: 'west',
      attempts: [{ endpoint: 'east', failure: 'refused' }, { endpoint: 'west' }],
    });
    expect(steps(emu)).toContain('failover chosen');
  });

  test('and the further one fails too, the client is told so', async () => {
    const closed = await closedPort();
    const { emu, url } = await useBalancer({ east: closed, west: closed });
    expect(await nameAt(url)).toBe('reply 5');
    expect(emu.requests.list(1)[0]).toMatchObject({ status: 521, attempts: [{}, {}] });
  });
});

test('a published application has nothing that could be dialled: 521', async () => {
  const application = { name: 'application', origins: [{ name: 'app', tunnel: 'east' }] };
  const pools = [...(CONFIG.pools ?? []), application];
  const { emu, url } = await useBalancer(await useSites(), { default_pools: ['application'] }, { pools });
  expect(await nameAt(url)).toBe('reply 5');
  expect((await connectBy(url, `${OWN}:80`, [basic('+people', 'x')])).status).toBe(521);
  expect(emu.requests.list(1)[0]).toMatchObject({
    status: 521,
    attempts: [{ endpoint: 'app', failure: 'unspecified' }],
  });
});

describe('what is HTTP’s has no effect', () => {
  test('rules and sessions are left out, and it is said', async () => {
    const { emu, url } = await useBalancer(await useSites(), {
      session_affinity: 'cookie',
      rules: [{ overrides: { pools: ['west'] } }],
    });
    expect(await nameAt(url)).toBe('east');
    expect(emu.requests.list(1)[0]?.reasons).toContainEqual(
      expect.objectContaining({ step: 'load_balancer', outcome: 'limited', detail: expect.stringContaining('rules') }),
    );
  });

  test('a fixed response refuses the connection', async () => {
    const { emu, url } = await useBalancer(await useSites(), {
      pool_sets: [{ name: 'closed', match: { default: true }, fixed_response: { status_code: 503 } }],
    });
    expect(await nameAt(url)).toBe('reply 4');
    expect(steps(emu)).toContain('pool_set refused');
  });

  test('a disabled one refuses every connection, whatever a route covers', async () => {
    const { emu, url } = await useBalancer(await useSites(), { enabled: false, address: ENDPOINT });
    expect(await nameAt(url, ENDPOINT)).toBe('reply 4');
    expect(emu.requests.list(1)[0]).toMatchObject({ status: 530, loadBalancer: 'db', attempts: [] });
  });
});

test('explain says what a connection would come to, and the change of a pool counts at once', async () => {
  const { emu } = await useBalancer(await useSites());
  const asked = { url: `tcp://${OWN}:80`, network: 'people' };
  expect(await explained(emu, asked)).toMatchObject({ outcome: 'attempt', load_balancer: 'db', endpoint: 'east' });
  emu.state.transact('api', (draft) => {
    for (const pool of draft.read().pools.values()) {
      if (pool.name !== 'both') continue;
      draft.put('pools', { id: pool.id, name: pool.name, origins: pool.origins.slice(1) });
    }
  });
  expect(await explained(emu, asked)).toMatchObject({ load_balancer: 'db', endpoint: 'west' });
  emu.state.transact('api', (draft) => {
    for (const { id, address: own } of draft.read().load_balancers.values())
      if (own) draft.delete('load_balancers', id);
  });
  expect(await explained(emu, asked)).toMatchObject({ outcome: 'error', status: 523 });
});

test('the API shows the address, also one that was not given, and an export brings it back', async () => {
  const { emu } = await useBalancer(await useSites(), { unaddressed: true });
  const { account, load_balancers } = emu.state.read();
  const [own] = load_balancers.values();
  const headers = { authorization: `Bearer ${account.api_token}` };
  const path = `/client/v4/accounts/${account.id}/load_balancers/${own?.id}`;
  const shown = await fetch(`${address(emu, 'apiUrl')}${path}`, { headers });
  expect(await shown.json()).toMatchObject({
    result: { name: 'db', address: expect.stringMatching(/^100\.112\./) },
  });
  const text = exportConfig(emu.state.read(), { secrets: true });
  const again = parseConfig(text, 'exported.yaml').desired.objects.filter(({ kind }) => kind === 'load_balancers');
  expect(again).toMatchObject([{ id: own?.id, object: { name: 'db', zone_id: '', address: own?.address } }]);
});

async function explained(emu: Emulator, body: object): Promise<unknown> {
  const response = await fetch(`${address(emu, 'apiUrl')}/colocal/v1/explain`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return response.json();
}
