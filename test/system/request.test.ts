import { connect as connectHttp2 } from 'node:http2';
import { describe, expect, onTestFinished, test } from 'vitest';
import { traceOf } from '../../emulator/control/request-trace.js';
import type { RequestView } from '../../emulator/control/request-view.schema.js';
import type { Emulator } from '../../emulator/index.js';
import { answered, ask, dial, open, readUntil, whole } from '../support/client.js';
import { address, hostOf, KINDS, type PathKind, useEmulator, usePaths } from '../support/emulator.js';
import { parseRoute } from '../support/route.js';
import { useOrigin } from '../support/servers.js';

/** What every request below should find at the end of its way, by the kind of path. */
const EXPECTED: Readonly<Record<PathKind, object>> = {
  public: { lb: 'public.example.com', pool: 'public', endpoint: 'by-address' },
  tunnel: { lb: 'tunnel.example.com', pool: 'tunnel', endpoint: 'by-hostname', tunnel: 'app', egress: 'LHR' },
  private: { lb: 'private.example.com', pool: 'private', endpoint: 'by-private-ip', tunnel: 'gateway', egress: 'SYD' },
};

interface Description {
  readonly origin: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body_bytes: number;
}

async function viaHttp2(emu: Emulator, host: string, path: string, headers: Record<string, string>) {
  const session = connectHttp2(address(emu, 'httpsUrl'), { servername: host, ca: await emu.caPem() });
  onTestFinished(() => session.destroy());
  const stream = session.request({ ':path': path, ':authority': host, ...headers });
  const head = await new Promise<Record<string, unknown>>((resolve, reject) => {
    stream.once('response', resolve).once('error', reject);
    session.once('error', reject);
  });
  let body = '';
  for await (const chunk of stream) body += chunk;
  return { status: Number(head[':status']), route: parseRoute(String(head['colocal-route'])), body };
}

describe.each(KINDS)('a request whose endpoint is reached by %s path', (kind) => {
  const host = hostOf(kind);

  test('crosses two data centers, and the answer tells its way', async () => {
    const origin = await useOrigin();
    const emu = await usePaths({ port: origin.address.port });
    const response = await emu.fetch(`http://${host}/hello?a=1`, { colo: 'NRT' });
    expect(response.status).toBe(200);
    const route = parseRoute(response.headers.get('colocal-route'));
    expect(route).toMatchObject({ ...EXPECTED[kind], colo: 'NRT', attempts: 1, fallback: false });
    expect(route.ray).toMatch(/^[0-9a-f]{16}-NRT$/);
    expect(response.headers.get('cf-ray')).toBe(route.ray);
    if (kind === 'public') {
      for (const key of ['tunnel', 'connector', 'egress']) expect(route).not.toHaveProperty(key);
    } else expect(route.connector).toMatch(/^[0-9a-f-]{36}$/);
    expect(await response.json()).toMatchObject({ origin: 'origin', method: 'GET', path: '/hello?a=1' });
  });

  test('takes the same way over HTTPS, HTTP/2, and through the forward proxy', async () => {
    const origin = await useOrigin();
    const emu = await usePaths({ port: origin.address.port });
    const proxy = address(emu, 'url');
    const ca = await emu.caPem();

    const https = await emu.fetch(`https://${host}/https`, { colo: 'KIX' });
    expect(parseRoute(https.headers.get('colocal-route'))).toMatchObject({ ...EXPECTED[kind], colo: 'KIX' });
    expect(((await https.json()) as Description).headers).toMatchObject({ 'x-forwarded-proto': 'https', host });

    const http2 = await viaHttp2(emu, host, '/two', { 'colocal-colo': 'KIX' });
    expect(http2.status).toBe(200);
    expect(http2.route).toMatchObject({ ...EXPECTED[kind], colo: 'KIX' });
    expect(JSON.parse(http2.body)).toMatchObject({ path: '/two', headers: { host, 'x-forwarded-proto': 'https' } });
    expect(emu.requests.list(1)[0]).toMatchObject({ httpVersion: '2', scheme: 'https', path: '/two' });

    // As curl -x and HTTP_PROXY do for http: the authority of the URL wins over Host.
    const absolute = await ask(proxy, 'ignored.example.com', { path: `http://${host}/absolute` });
    expect(absolute.status).toBe(200);
    expect(parseRoute(String(absolute.headers['colocal-route']))).toMatchObject(EXPECTED[kind]);
    expect(JSON.parse(absolute.body)).toMatchObject({ path: '/absolute', headers: { host } });

    // And for https: CONNECT, then TLS and HTTP inside.
    const socket = await dial(proxy);
    socket.write(`CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443\r\n\r\n`);
    expect(await readUntil(socket, (text) => text.endsWith('\r\n\r\n'))).toMatch(/^HTTP\/1\.1 200 /);
    const { connect } = await import('node:tls');
    const secure = connect({ socket, servername: host, ca });
    const inside = open(address(emu, 'httpsUrl'), host, { createConnection: () => secure, path: '/connect' });
    inside.end();
    const connected = await whole(await answered(inside));
    expect(parseRoute(String(connected.headers['colocal-route']))).toMatchObject(EXPECTED[kind]);
    expect(JSON.parse(connected.body)).toMatchObject({ path: '/connect', headers: { 'x-forwarded-proto': 'https' } });
  });

  test('reaches the origin with the headers that Cloudflare sends, and without those of neighbours', async () => {
    const origin = await useOrigin();
    const emu = await usePaths({ port: origin.address.port });
    const response = await emu.fetch(`https://${host}/`, {
      colo: 'FRA',
      country: 'DE',
      clientIp: '203.0.113.7',
      headers: {
        'x-forwarded-for': '198.51.100.1',
        'cf-connecting-ip': '198.51.100.66',
        'cf-ray': 'made-up',
        te: 'trailers',
        'proxy-authorization': 'Basic c2VjcmV0',
        'x-own': 'kept',
        'accept-encoding': 'gzip',
        'user-agent': 'a test',
      },
    });
    const { headers } = (await response.json()) as Description;
    const ray = parseRoute(response.headers.get('colocal-route')).ray;
    expect(headers).toMatchObject({
      host,
      'cf-ray': ray,
      'cf-connecting-ip': '203.0.113.7',
      'cf-ipcountry': 'DE',
      'cf-visitor': '{"scheme":"https"}',
      'x-forwarded-for': '198.51.100.1, 203.0.113.7',
      'x-forwarded-proto': 'https',
      'cdn-loop': 'cloudflare; loops=1',
      te: 'trailers',
      'x-own': 'kept',
      'user-agent': 'a test',
    });
    for (const name of Object.keys(headers)) expect(name).not.toMatch(/^colocal-|^proxy-|^keep-alive$/);
    // As cloudflared does: the connector tells which one it is, where it speaks HTTP to the origin itself.
    const connector = parseRoute(response.headers.get('colocal-route')).connector;
    expect(headers['cf-warp-tag-id']).toBe(kind === 'tunnel' ? connector : undefined);
  });

  test('is in the journal with its whole story, for the library and the API', async () => {
    const origin = await useOrigin();
    const emu = await usePaths({ port: origin.address.port });
    const body = 'x'.repeat(10_000);
    const response = await emu.fetch(`http://${host}/upload`, { method: 'POST', body, colo: 'NRT' });
    const answer = await response.text();
    const route = parseRoute(response.headers.get('colocal-route'));
    const ray = String(route.ray);

    const trace = emu.requests.find(ray);
    expect(trace).toMatchObject({
      ray: ray.slice(0, 16),
      dataCenter: 'NRT',
      method: 'POST',
      scheme: 'http',
      host,
      path: '/upload',
      loadBalancer: host,
      pool: route.pool,
      endpoint: route.endpoint,
      fallback: false,
      status: 200,
      outcome: 'complete',
      requestBytes: body.length,
      responseBytes: answer.length,
    });
    expect(trace?.attempts).toHaveLength(1);
    const { tunnel, connector, egress } = route;
    const attempt = {
      pool: kind,
      endpoint: route.endpoint,
      status: 200,
      ...(tunnel ? { tunnel, connector, egress } : {}),
    };
    expect(trace?.attempts[0]).toMatchObject(attempt);
    if (egress) {
      // The connectors stand where their tunnels end.
      expect(trace?.attempts[0]?.legs).toEqual([
        { from: 'NRT', to: egress, roundTripMs: expect.any(Number) },
        { from: egress, to: 'connector', roundTripMs: 0 },
      ]);
      expect(trace?.attempts[0]?.legs?.[0]?.roundTripMs).toBeGreaterThan(0);
    }
    const steps = trace?.reasons.map((reason) => `${reason.step} ${reason.outcome}`);
    const decided = ['vantage entered', 'load_balancer matched', 'pool chosen', 'endpoint chosen'];
    expect(steps).toEqual(tunnel ? [...decided, 'replica chosen'] : decided);

    for (const name of [ray, ray.slice(0, 16)]) {
      const told = await fetch(`${emu.apiUrl}/colocal/v1/requests/${name}`);
      expect(told.status).toBe(200);
      expect(traceOf((await told.json()) as RequestView)).toEqual(trace);
    }
    const elsewhere = await fetch(`${emu.apiUrl}/colocal/v1/requests/${ray.slice(0, 16)}-LHR`);
    expect(elsewhere.status).toBe(404);
    expect(await elsewhere.json()).toMatchObject({ error: { code: 'RAY_UNKNOWN' } });
  });
});

test('an endpoint on IPv6 loopback is reached like any other', async () => {
  const { createServer } = await import('node:http');
  const server = createServer((_request, response) => response.end('over IPv6'));
  await new Promise<void>((resolve) => server.listen(0, '::1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };

  const emu = await useEmulator({
    config: {
      zones: [
        { name: 'example.com', load_balancers: [{ name: 'six.example.com', proxied: true, default_pools: ['six'] }] },
      ],
      pools: [{ name: 'six', origins: [{ name: 'six', address: '::1', port }] }],
    },
  });
  const response = await emu.fetch('http://six.example.com/');
  expect(await response.text()).toBe('over IPv6');
});

test('a tunnel answers under its own host name, and a DNS record leads to it', async () => {
  const origin = await useOrigin();

  const id = '11111111-2222-4333-8444-555555555555';
  const emu = await useEmulator({
    config: {
      zones: [
        {
          name: 'example.com',
          dns_records: [{ name: 'www.example.com', type: 'CNAME', content: `${id}.cfargotunnel.com`, proxied: true }],
        },
      ],
      tunnels: [
        {
          name: 'web',
          id,
          config: {
            ingress: [
              { hostname: 'www.example.com', service: `http://127.0.0.1:${origin.address.port}` },
              { service: 'http_status:404' },
            ],
          },
        },
      ],
    },
  });
  await emu.connect({ tunnel: 'web', location: 'NRT' });
  const record = await emu.fetch('http://www.example.com/');
  expect(await record.json()).toMatchObject({ origin: 'origin', headers: { host: 'www.example.com' } });
  const route = parseRoute(record.headers.get('colocal-route'));
  expect(route).toMatchObject({ endpoint: 'web', tunnel: 'web', egress: 'NRT' });
  expect(route).not.toHaveProperty('lb');
  // Its own name matches no rule but the last.
  const own = await emu.fetch(`http://${id}.cfargotunnel.com/`);
  expect(own.status).toBe(404);
  expect(parseRoute(own.headers.get('colocal-route'))).toMatchObject({ tunnel: 'web' });
});
