import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { ConfigInput } from '../../emulator/index.js';
import { WatchedDeadlines } from '../support/deadlines.js';
import { useEmulator } from '../support/emulator.js';
import { advance, endpointIn, type Monitor } from '../support/health.js';
import { closedPort, stuckPort, useServer, useSockets, useTlsServer } from '../support/servers.js';

/** A way in which an origin fails a check, and what the check calls it (docs/reference/load-balancing.md 2.2). */
interface Failing {
  readonly what: string;
  readonly prepare: () => Promise<{ readonly port: number; readonly begun?: Promise<void> }>;
  readonly monitor?: Partial<Monitor>;
  /** The monitor's timeout must pass before it shows, once it has `begun`. */
  readonly times?: 'out';
  readonly reason: string;
  readonly detail: RegExp;
}

const TIMEOUT = 5;

/** A promise, and what resolves it. */
function signal(): { readonly begun: Promise<void>; readonly begin: () => void } {
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  return { begun, begin };
}

/** Writes a byte per turn of the event loop, and never comes to an end that matters. */
function drip(to: Socket | ServerResponse, begin: () => void): void {
  let bytes = 0;
  const next = (): void => {
    if (to.destroyed || bytes > 2_000) return;
    if (++bytes === 20) begin();
    to.write('a', () => setImmediate(next));
  };
  next();
}

const redirecting = (location: (path: string) => string) => () =>
  useServer((request, response) => response.writeHead(302, { location: location(request.url ?? '/') }).end());
/** A TLS alert of level fatal, as the other side sends it in answer to the first message. */
const alert = (description: number) => () =>
  useSockets((socket) => socket.once('data', () => socket.end(Buffer.from([0x15, 3, 1, 0, 2, 2, description]))));

const FAILING: readonly Failing[] = [
  {
    what: 'nobody listens',
    prepare: async () => ({ port: await closedPort() }),
    reason: 'TCP connection failed',
    detail: /ECONNREFUSED/,
  },
  {
    what: 'nobody listens where a tcp monitor looks',
    prepare: async () => ({ port: await closedPort() }),
    monitor: { type: 'tcp' },
    reason: 'TCP connection failed',
    detail: /ECONNREFUSED/,
  },
  {
    what: 'the connection is not established in time',
    prepare: async () => ({ port: await stuckPort() }),
    times: 'out',
    reason: 'TCP Timeout',
    detail: /no connection within 5 s/,
  },
  {
    what: 'the connection of a tcp monitor is not established in time',
    prepare: async () => ({ port: await stuckPort() }),
    monitor: { type: 'tcp' },
    times: 'out',
    reason: 'TCP Timeout',
    detail: /no connection within 5 s/,
  },
  {
    what: 'no answer comes',
    prepare: async () => {
      const { begun, begin } = signal();
      return { ...(await useServer(() => begin())), begun };
    },
    times: 'out',
    reason: 'HTTP timeout occurred',
    detail: /no answer within 5 s/,
  },
  {
    what: 'the answer comes byte by byte',
    prepare: async () => {
      const { begun, begin } = signal();
      const sockets = await useSockets((socket) =>
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\nX-Slow: ');
          drip(socket, begin);
        }),
      );
      return { ...sockets, begun };
    },
    times: 'out',
    reason: 'HTTP timeout occurred',
    detail: /no answer within 5 s/,
  },
  {
    what: 'the body that is searched comes byte by byte',
    prepare: async () => {
      const { begun, begin } = signal();
      return { ...(await useServer((_request, response) => drip(response, begin))), begun };
    },
    monitor: { expected_body: 'all is well' },
    times: 'out',
    reason: 'HTTP timeout occurred',
    detail: /no whole body within 5 s/,
  },
  {
    what: 'the TLS handshake never ends',
    prepare: async () => {
      const { begun, begin } = signal();
      return { ...(await useSockets((socket) => socket.once('data', () => begin()))), begun };
    },
    monitor: { type: 'https' },
    times: 'out',
    reason: 'TLS Handshake Failure',
    detail: /did not end within 5 s/,
  },
  {
    what: 'the connection is closed during the TLS handshake',
    prepare: () => useSockets((socket) => socket.once('data', () => socket.end())),
    monitor: { type: 'https' },
    reason: 'TLS Handshake Failure',
    detail: /./,
  },
  {
    what: 'a port that speaks plain HTTP is asked for TLS',
    prepare: () => useServer((_request, response) => response.end()),
    monitor: { type: 'https' },
    reason: 'TLS protocol error',
    detail: /./,
  },
  {
    what: 'the other side wants another version of TLS',
    prepare: alert(70),
    monitor: { type: 'https' },
    reason: 'TLS protocol error',
    detail: /./,
  },
  {
    what: 'the other side does not know the name',
    prepare: alert(112),
    monitor: { type: 'https', header: { Host: ['app.example.com'] } },
    reason: 'TLS unrecognized name error',
    detail: /unrecognized name/,
  },
  {
    what: 'nobody trusts the certificate',
    prepare: () => useTlsServer((_request, response) => response.end()),
    monitor: { type: 'https' },
    reason: 'TLS untrusted certificate error',
    detail: /./,
  },
  {
    what: 'the code is another',
    prepare: () => useServer((_request, response) => response.writeHead(503).end()),
    reason: 'Response code mismatch error',
    detail: /answered 503, expected 2xx/,
  },
  {
    what: 'it redirects and that is not followed',
    prepare: redirecting(() => '/elsewhere'),
    reason: 'Response code mismatch error',
    detail: /answered 302, expected 2xx/,
  },
  {
    what: 'it redirects in circles',
    prepare: redirecting((path) => (path === '/a' ? '/b' : '/a')),
    monitor: { follow_redirects: true, expected_codes: '2xx, 302' },
    reason: 'Response code mismatch error',
    detail: /redirects lead back to http:\/\/127\.0\.0\.1\/a/,
  },
  {
    what: 'it redirects without end',
    prepare: redirecting((path) => `${path}x`),
    monitor: { follow_redirects: true },
    reason: 'Response code mismatch error',
    detail: /redirected more than 10 times/,
  },
  {
    what: 'it redirects to what is not HTTP',
    prepare: redirecting(() => 'ftp://example.com/'),
    monitor: { follow_redirects: true },
    reason: 'HTTP Invalid Response',
    detail: /ftp:/,
  },
  {
    what: 'the body is another',
    prepare: () => useServer((_request, response) => response.end('something else')),
    monitor: { expected_body: 'all is well' },
    reason: 'Response body mismatch error',
    detail: /does not contain "all is well"/,
  },
  {
    what: 'the text comes after the first 10 KB',
    prepare: () => useServer((_request, response) => response.end(`${'-'.repeat(10_235)}all is well`)),
    monitor: { expected_body: 'all is well' },
    reason: 'Response body mismatch error',
    detail: /first 10 KB do not contain/,
  },
  {
    what: 'the answer is not HTTP',
    prepare: () => useSockets((socket) => socket.once('data', () => socket.end('220 mail.example.com ESMTP\r\n'))),
    reason: 'HTTP Invalid Response',
    detail: /./,
  },
  {
    what: 'the headers are larger than 128 KB',
    prepare: () =>
      useSockets((socket) =>
        socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(140 * 1024)}\r\n\r\n`)),
      ),
    reason: 'HTTP Invalid Response',
    detail: /./,
  },
  {
    what: 'the connection is closed without an answer',
    prepare: () => useSockets((socket) => socket.once('data', () => socket.end())),
    reason: 'Connection Reset by Peer',
    detail: /./,
  },
  {
    what: 'the connection is reset in the middle of the body that is searched',
    prepare: () =>
      useSockets((socket) =>
        socket.once('data', () =>
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nall', () => socket.resetAndDestroy()),
        ),
      ),
    monitor: { expected_body: 'all is well' },
    reason: 'Connection Reset by Peer',
    detail: /./,
  },
];

/** One endpoint, watched from one data center. */
function configWith(origin: Pool['origins'][number], monitor: Partial<Monitor>): ConfigInput {
  const http = monitor.type === 'tcp' ? {} : { expected_codes: '2xx' };
  return {
    data_centers: ['NRT'],
    zones: [
      { name: 'example.com', load_balancers: [{ name: 'app.example.com', proxied: true, default_pools: ['p'] }] },
    ],
    pools: [{ name: 'p', monitor: 'm', origins: [origin] }],
    monitors: [{ name: 'm', ...http, timeout: TIMEOUT, retries: 0, ...monitor }],
  };
}

type Pool = NonNullable<ConfigInput['pools']>[number];

describe('a check fails', () => {
  test.each(FAILING)('where $what: $reason', async ({ prepare, monitor = {}, times, reason, detail }) => {
    const deadlines = new WatchedDeadlines();
    const { port, begun } = await prepare();
    const config = configWith({ name: 'a', address: '127.0.0.1', port }, { port, ...monitor });
    const emu = await useEmulator({ config, clock: 'manual', deadlines });
    const checked = advance(emu, '0s');
    if (times === 'out') {
      await Promise.all([begun, deadlines.set(TIMEOUT * 1000)]);
      deadlines.elapse(TIMEOUT * 1000);
    }
    await checked;
    expect(await endpointIn(emu, 'p', 'a')).toEqual({
      state: 'unhealthy',
      passing: [],
      waiting: [],
      failing: [{ failure_reason: reason, detail: expect.stringMatching(detail), data_centers: ['NRT'] }],
    });
  });

  test.each([
    ['whose name does not resolve', { address: 'nonexistent.invalid' }, 'DNS Unknown Host'],
    ['that is served by this very edge', { address: 'app.example.com' }, 'DNS Internal'],
  ])('for an endpoint %s', async (_what, origin, reason) => {
    const emu = await useEmulator({ config: configWith({ name: 'a', ...origin }, {}), clock: 'manual' });
    await advance(emu, '0s');
    const { failing } = await endpointIn(emu, 'p', 'a');
    expect(failing).toMatchObject([{ failure_reason: reason }]);
  });
});

describe('behind a tunnel a check fails', () => {
  const tunnels = (port: number): Partial<ConfigInput> => ({
    tunnels: [
      {
        name: 't',
        config: { ingress: [{ service: `http://127.0.0.1:${port}` }] },
        routes: [{ network: '10.1.2.0/24', virtual_network: 'lab' }],
      },
    ],
    virtual_networks: [{ name: 'lab' }],
  });
  const byHostname = { name: 'a', tunnel: 't' };
  const byAddress = (port: number) => ({ name: 'a', address: '10.1.2.3', port, virtual_network: 'lab' });

  test.each([
    ['a published application', byHostname, 'Response code mismatch error', /answered 530.*no connector of tunnel t/],
    ['a private address', byAddress(1), 'Network Unreachable', /no connector of tunnel t is connected/],
  ])('while no connector is connected: %s', async (_what, origin, reason, detail) => {
    const emu = await useEmulator({ config: { ...configWith(origin, {}), ...tunnels(1) }, clock: 'manual' });
    await advance(emu, '0s');
    const { failing } = await endpointIn(emu, 'p', 'a');
    expect(failing).toEqual([{ failure_reason: reason, detail: expect.stringMatching(detail), data_centers: ['NRT'] }]);
  });

  test.each([
    ['a published application', byHostname, {}, 'Response code mismatch error', /answered 502.*ECONNREFUSED/],
    ['a private address', undefined, {}, 'TCP connection failed', /ECONNREFUSED/],
    ['a private address and a tcp monitor', undefined, { type: 'tcp' }, 'TCP connection failed', /ECONNREFUSED/],
    ['a published application and a tcp monitor', byHostname, { type: 'tcp' }, 'Monitor Config Error', /use https/],
  ] as const)('while nobody listens behind the connector: %s', async (_what, origin, monitor, reason, detail) => {
    const port = await closedPort();
    const watching = { ...monitor, ...('type' in monitor ? { port } : {}) };
    const config = { ...configWith(origin ?? byAddress(port), watching), ...tunnels(port) };
    const emu = await useEmulator({ config, clock: 'manual' });
    await emu.connect({ tunnel: 't', location: 'NRT', maps: ['10.1.2.3/32=127.0.0.1/32'] });
    await advance(emu, '0s');
    const { failing } = await endpointIn(emu, 'p', 'a');
    expect(failing).toEqual([{ failure_reason: reason, detail: expect.stringMatching(detail), data_centers: ['NRT'] }]);
  });
});

describe('only what takes too long is tried again', () => {
  test('at once, as often as retries says', async () => {
    const deadlines = new WatchedDeadlines();
    let requests = 0;
    let asked: () => void = () => undefined;
    const { port } = await useServer(() => {
      requests++;
      asked();
    });
    const config = configWith({ name: 'a', address: '127.0.0.1', port }, { timeout: 1, retries: 2 });
    const emu = await useEmulator({ config, clock: 'manual', deadlines });
    const next = (): Promise<void> =>
      new Promise((resolve) => {
        asked = resolve;
      });
    let request = next();
    const checked = advance(emu, '0s');
    for (let attempt = 0; attempt < 3; attempt++) {
      await request;
      request = next();
      deadlines.elapse(1_000);
    }
    await checked;
    expect(requests).toBe(3);
    const { failing } = await endpointIn(emu, 'p', 'a');
    expect(failing).toMatchObject([
      { failure_reason: 'HTTP timeout occurred', detail: 'no answer within 1 s (3 attempts)' },
    ]);
  });

  test('and nothing else', async () => {
    let requests = 0;
    const { port } = await useServer((_request, response) => {
      requests++;
      response.writeHead(500).end();
    });
    const config = configWith({ name: 'a', address: '127.0.0.1', port }, { retries: 5 });
    const emu = await useEmulator({ config, clock: 'manual' });
    await advance(emu, '0s');
    expect(requests).toBe(1);
  });
});

describe('a body of 1 GB', () => {
  const GIGABYTE = 1024 * 1024 * 1024;

  /** Answers with it, and counts what it could send until the other side had enough. */
  async function useGigabyte() {
    let sent = 0;
    let over: (sent: number) => void = () => undefined;
    const ended = new Promise<number>((resolve) => {
      over = resolve;
    });
    const block = Buffer.alloc(64 * 1024, '-');
    const { port } = await useServer((_request, response) => {
      response.writeHead(200, { 'content-length': GIGABYTE });
      const more = (): void => {
        while (sent < GIGABYTE && !response.destroyed) {
          sent += block.length;
          if (!response.write(block)) return;
        }
      };
      response.on('drain', more).on('close', () => over(sent));
      more();
    });
    return { port, ended };
  }

  test.each([
    ['is not read when nothing is looked for in it', {}, 'healthy'],
    ['is read no further than its first 10 KB', { expected_body: 'all is well' }, 'unhealthy'],
  ] as const)('%s', async (_what, monitor, state) => {
    for (const tunnel of [false, true]) {
      const { port, ended } = await useGigabyte();
      const origin = tunnel ? { name: 'a', tunnel: 't' } : { name: 'a', address: '127.0.0.1', port };
      const ingress = [{ service: `http://127.0.0.1:${port}` }];
      const config = { ...configWith(origin, monitor), tunnels: [{ name: 't', config: { ingress } }] };
      const emu = await useEmulator({ config, clock: 'manual' });
      await emu.connect({ tunnel: 't', location: 'NRT' });
      await advance(emu, '0s');
      expect((await endpointIn(emu, 'p', 'a')).state).toBe(state);
      // What the system's buffers hold, and no more.
      expect(await ended).toBeLessThan(GIGABYTE / 50);
    }
  });
});
