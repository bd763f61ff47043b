import { describe, expect, test } from 'vitest';
import type { ExplanationView } from '../../emulator/control/explanation-view.js';
import type { ConfigInput, Emulator } from '../../emulator/index.js';
import { createRng, type Rng } from '../../runtime/rng.js';
import { address, useEmulator } from '../support/emulator.js';
import { useServer } from '../support/servers.js';

/** A setup with something of everything that decides. Each tunnel has two replicas in one city, between which is drawn. */
async function useEverything(seed = 7): Promise<Emulator> {
  const { port } = await useServer((_request, response) => response.end('here'));
  const at = (name: string, part: object = {}) => ({ name, address: '127.0.0.1', port, ...part });
  const balancer = (name: string, part: object) => ({ name, proxied: true, default_pools: ['east', 'west'], ...part });
  const config: ConfigInput = {
    data_centers: ['NRT', 'LHR', 'SYD'],
    settings: { duplicate_addresses: 'allow' },
    zones: [
      {
        name: 'example.com',
        load_balancers: [
          balancer('random.example.com', { steering_policy: 'random', session_affinity: 'cookie' }),
          balancer('header.example.com', {
            steering_policy: 'random',
            session_affinity: 'header',
            session_affinity_ttl: 1800,
            session_affinity_attributes: { headers: ['x-user'] },
          }),
          balancer('geo.example.com', { steering_policy: 'geo', region_pools: { WEU: ['west'], OC: ['tunnelled'] } }),
          balancer('tunnel.example.com', { default_pools: ['tunnelled'] }),
          balancer('broken.example.com', { default_pools: ['unreached'] }),
          balancer('silent.example.com', { default_pools: ['unconnected'] }),
          balancer('gone.example.com', { default_pools: ['disabled'], fallback_pool: 'disabled' }),
          balancer('quiet.example.com', { proxied: false }),
          balancer('rules.example.com', {
            rules: [
              {
                name: 'teapot',
                condition: 'http.request.uri.path contains "/tea"',
                fixed_response: { status_code: 418, message_body: 'tea' },
              },
              {
                name: 'blog',
                condition: 'http.request.uri.path contains "/blog"',
                overrides: { default_pools: ['tunnelled'] },
              },
            ],
          }),
        ],
        dns_records: ['127.0.0.1', '127.0.0.2'].map((content) => ({ name: 'www', type: 'A', content, proxied: true })),
      },
      {
        name: 'example.net',
        settings: { always_use_https: true },
        load_balancers: [balancer('secure.example.net', {})],
      },
    ],
    pools: [
      { name: 'east', origins: [at('east-a', { weight: 0.3 }), at('east-b', { weight: 0.9 })] },
      { name: 'west', load_shedding: { default_percent: 30 }, origins: [at('west-a'), at('west-b')] },
      {
        name: 'tunnelled',
        origins: [
          { name: 'app', tunnel: 'app', header: { Host: ['app.example.com'] } },
          { name: 'lab', address: '10.1.2.3', port, virtual_network: 'lab' },
        ],
      },
      {
        name: 'unreached',
        origins: ['10.9.9.1', '10.9.9.2'].map((ip) => ({ name: ip, address: ip, port, virtual_network: 'lab' })),
      },
      { name: 'unconnected', origins: [{ name: 'silent', tunnel: 'silent' }] },
      { name: 'disabled', enabled: false, origins: [at('disabled-a')] },
    ],
    tunnels: [
      {
        name: 'app',
        config: { ingress: [{ service: `http://127.0.0.1:${port}` }] },
        routes: [{ network: '10.1.2.0/24', virtual_network: 'lab' }],
      },
      {
        name: 'silent',
        config: { ingress: [{ service: 'hello_world' }] },
        routes: [{ network: '10.9.9.0/24', virtual_network: 'lab' }],
      },
    ],
    virtual_networks: [{ name: 'lab' }],
    faults: [
      { name: 'sometimes', type: 'origin_status', status: 503, probability: 0.5, match: { pool: 'east', path: '/f' } },
    ],
  };
  const emu = await useEmulator({ config, seed, clock: 'manual' });
  const maps = ['10.1.2.3/32=127.0.0.1/32'];
  for (let replica = 0; replica < 2; replica++) await emu.connect({ tunnel: 'app', location: 'LHR', maps });
  return emu;
}

interface Question {
  readonly url: string;
  readonly method: string;
  readonly colo: string;
  readonly country?: string;
  readonly client_ip: string;
  readonly headers: Record<string, string>;
}

async function explain(emu: Emulator, question: object): Promise<ExplanationView> {
  const body = JSON.stringify(question);
  const response = await fetch(`${address(emu, 'apiUrl')}/colocal/v1/explain`, { method: 'POST', body });
  expect(response.status).toBe(200);
  return (await response.json()) as ExplanationView;
}

async function send(emu: Emulator, { url, colo, country, client_ip, headers, method }: Question): Promise<Response> {
  const from = { colo, clientIp: client_ip, ...(country === undefined ? {} : { country }) };
  const response = await emu.fetch(url, { method, headers, redirect: 'manual', ...from });
  await response.arrayBuffer();
  return response;
}

const HOSTS = 'random header geo tunnel broken silent gone quiet rules www nobody'
  .split(' ')
  .map((name) => `${name}.example.com`)
  .concat('secure.example.net');

function pick<T>(rng: Rng, items: readonly T[]): T {
  return items[rng.int(items.length)] as T;
}

describe('explain', () => {
  test('says exactly what the next request then gets, and why', async () => {
    const emu = await useEverything();
    const rng = createRng('explain');
    const cookies: string[] = ['__cflb=forged'];
    const seen = new Set<string>();
    for (let turn = 0; turn < 250; turn++) {
      const host = pick(rng, HOSTS);
      const question: Question = {
        url: `http://${host}${pick(rng, ['/', '/tea', '/blog/post?x=1', '/f'])}`,
        method: pick(rng, ['GET', 'HEAD']),
        colo: pick(rng, ['NRT', 'LHR', 'SYD', 'CDG']),
        ...(rng.next() < 0.5 ? { country: pick(rng, ['JP', 'DE', 'XX']) } : {}),
        client_ip: `203.0.113.${rng.int(20)}`,
        headers: {
          ...(rng.next() < 0.6 ? { Cookie: pick(rng, cookies) } : {}),
          ...(rng.next() < 0.7 ? { 'X-User': pick(rng, ['a', 'b', 'c']) } : {}),
        },
      };
      const told = await explain(emu, question);
      const response = await send(emu, question);
      const cookie = response.headers.get('set-cookie')?.split(';')[0];
      if (cookie) cookies.push(cookie);
      expect(told.session?.kind === 'cookie').toBe(cookie !== undefined);

      const trace = emu.requests.list(1)[0];
      const last = trace?.attempts.at(-1);
      seen.add(told.outcome);
      expect([told.colo, told.load_balancer, told.pool, told.endpoint, told.fallback], question.url).toEqual([
        trace?.dataCenter,
        trace?.loadBalancer,
        trace?.pool,
        trace?.endpoint,
        trace?.fallback,
      ]);
      // Records lead to port 80 of this machine, where probably nobody listens: only sending shows that.
      if (host.startsWith('www')) continue;
      expect([told.tunnel, told.connector, told.egress]).toEqual([last?.tunnel, last?.connector, last?.egress]);
      expect(told.reasons).toEqual(trace?.reasons);
      expect(told.attempts.map(({ endpoint, failure }) => ({ endpoint, failure }))).toEqual(
        trace?.attempts.map(({ endpoint, failure }) => ({ endpoint, failure })),
      );
      if (told.outcome !== 'attempt') expect(told).toMatchObject({ status: trace?.status });
      if (told.outcome !== 'attempt') expect(told.error).toBe(trace?.error);
    }
    expect([...seen].sort()).toEqual(['attempt', 'dns_only', 'error', 'fixed_response', 'redirect', 'unknown_host']);
  });

  test('changes nothing, however often it is asked', async () => {
    const question = { url: 'http://random.example.com/f', method: 'GET', colo: 'NRT', client_ip: '203.0.113.9' };
    const routes = async (asked: number) => {
      const emu = await useEverything();
      const metrics = async () => (await fetch(`${address(emu, 'apiUrl')}/metrics`)).text();
      const requests = (text: string) => text.split('\n').filter((line) => /^colocal_.*(request|attempt)/.test(line));
      const before = requests(await metrics());
      for (let time = 0; time < asked; time++) {
        await explain(emu, { ...question, failover: true });
        await explain(emu, { ...question, url: 'http://header.example.com/', headers: { 'x-user': 'a' } });
      }
      expect(emu.requests.list(10)).toEqual([]);
      expect(requests(await metrics())).toEqual(before);
      const told: (string | undefined)[] = [];
      for (let time = 0; time < 10; time++) {
        await send(emu, { ...question, headers: {} });
        const [trace] = emu.requests.list(1);
        told.push(`${trace?.ray} ${trace?.pool}/${trace?.endpoint} ${trace?.status}`);
      }
      return told;
    };
    expect(await routes(100)).toEqual(await routes(0));
  });

  test('is a tree for people, with the failover when it is asked for', async () => {
    const emu = await useEverything();
    const question = { url: 'http://tunnel.example.com/', colo: 'NRT', client_ip: '203.0.113.7', failover: true };
    const { text, failover, endpoint } = await explain(emu, question);
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(text).toMatch(/^GET http:\/\/tunnel\.example\.com\/ entering NRT \(NEAS\) as 203\.0\.113\.7\n/);
    expect(text).toMatch(/\n {2}load balancer tunnel\.example\.com: matched, the host is its name\n/);
    expect(text).toMatch(/\n {4}pool tunnelled: chosen, /);
    expect(text).toMatch(/\n {8}connector [0-9a-f-]{36}: chosen, /);
    expect(text).toMatch(
      /\n {2}goes to (?:app|lab) of pool tunnelled through tunnel app, NRT-\w{3} [\d.]+ ms,\s+\w{3}-connector [\d.]+ ms\n/,
    );
    expect(text).toMatch(/\n {2}nothing was sent$/);
    expect(failover?.attempt?.endpoint).toBe(endpoint === 'app' ? 'lab' : 'app');
  });
});

/** What the control API says is wrong with a question. */
async function refusal(emu: Emulator, question: object): Promise<string> {
  const body = JSON.stringify(question);
  const response = await fetch(`${address(emu, 'apiUrl')}/colocal/v1/explain`, { method: 'POST', body });
  expect(response.status).toBe(400);
  const { error } = (await response.json()) as { error: { message: string; fix: string } };
  return `${error.message}\n${error.fix}`;
}

describe('a question that cannot be answered', () => {
  test.each([
    [{}, /url/],
    [{ url: 'app' }, /^url: "app" is not an http or https URL/],
    [{ url: 'ftp://random.example.com/' }, /^url: /],
    [{ url: 'http://random.example.com/', colo: 'NTR' }, /^colo: .*NTR/],
    [{ url: 'http://random.example.com/', country: 'Japan' }, /^country: .*Japan/],
    [{ url: 'http://random.example.com/', client_ip: '1.2.3' }, /^client_ip: .*1\.2\.3/],
    [{ url: 'http://random.example.com/', method: 'get' }, /^method: "get"/],
    [{ url: 'http://random.example.com/', method: 'CONNECT' }, /^method: "CONNECT"/],
    [{ url: 'http://random.example.com/', http_version: '2' }, /^http_version: /],
    [{ url: 'http://random.example.com/', headers: { 'a b': 'c' } }, /^headers\.a b: /],
    [{ url: 'http://random.example.com/', headers: { a: 'b\nc' } }, /^headers\.a: /],
    [{ url: 'http://random.example.com/', headers: { Host: 'a b' } }, /^headers\.Host: /],
    [{ url: 'http://random.example.com/', body: 'x' }, /body/],
  ])('%j is refused by its field', async (question, message) => {
    const emu = await useEmulator({ config: { zones: [{ name: 'example.com' }] } });
    expect(await refusal(emu, question)).toMatch(message);
  });

  test('a data center that is mistyped gets a suggestion, and none is obeyed when requests may not say', async () => {
    const question = { url: 'http://random.example.com/' };
    const emu = await useEmulator({ config: { zones: [{ name: 'example.com' }] } });
    expect(await refusal(emu, { ...question, colo: 'NTR' })).toContain('NRT');
    const deaf = await useEmulator({ config: { zones: [{ name: 'example.com' }], settings: { vantage: false } } });
    expect(await refusal(deaf, { ...question, colo: 'NRT' })).toMatch(/^colo: settings\.vantage is off/);
  });
});
