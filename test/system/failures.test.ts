import { describe, expect, test } from 'vitest';
import type { ConfigInput, Emulator } from '../../emulator/index.js';
import { WatchedDeadlines } from '../support/deadlines.js';
import {
  address,
  configOfPaths,
  hostOf,
  KINDS,
  type PathKind,
  type PathsOptions,
  useEmulator,
  usePaths,
} from '../support/emulator.js';
import { parseRoute } from '../support/route.js';
import { closedPort, stuckPort, useServer, useSockets, useTlsServer } from '../support/servers.js';

/** Status, value of `cf-error-type` where Cloudflare has one, and what the journal says of the attempt. */
interface Expected {
  readonly status: number;
  readonly type: string | null;
  readonly failure: string;
}

/** A way in which an endpoint fails, and what a client sees of it (docs/reference/load-balancing.md 10 and 14.26). */
interface Failing {
  readonly what: string;
  /** Starts what fails and says how the edge shall be set up for it. */
  readonly prepare: () => Promise<Omit<PathsOptions, 'deadlines'> & { readonly begun?: Promise<void> }>;
  readonly over?: 'https';
  /** A span in milliseconds whose deadline must pass before the failure shows, once it has `begun`. */
  readonly after?: number;
  readonly expected: Readonly<Record<PathKind, Expected>>;
}

const cloudflare = (status: number, failure: string): Expected => ({ status, type: String(status), failure });
/** Published applications: the connector is there, the service is not. */
const badGateway = (failure: string): Expected => ({ status: 502, type: null, failure });
const dialled = (status: number, failure: string): Failing['expected'] => ({
  public: cloudflare(status, failure),
  private: cloudflare(status, failure),
  tunnel: badGateway(failure),
});

/** Below the span after which a silent connector is asked whether it is still there. Seconds. */
const SHORT = 7;

const FAILING: readonly Failing[] = [
  { what: 'nobody listens', prepare: async () => ({ port: await closedPort() }), expected: dialled(521, 'refused') },
  {
    what: 'the connection is not established in time',
    prepare: async () => ({
      port: await stuckPort(),
      settings: { timeouts: { connect: SHORT } },
      originRequest: { connectTimeout: SHORT },
      dialTimeout: SHORT,
    }),
    after: SHORT * 1000,
    expected: dialled(522, 'timeout'),
  },
  {
    what: 'no response comes in time',
    prepare: async () => ({
      port: (await useServer(() => undefined)).port,
      settings: { timeouts: { response: SHORT } },
    }),
    after: SHORT * 1000,
    expected: {
      public: cloudflare(524, 'response_timeout'),
      private: cloudflare(524, 'response_timeout'),
      tunnel: cloudflare(524, 'response_timeout'),
    },
  },
  {
    what: 'the connection is closed without an answer',
    prepare: () => useSockets((socket) => socket.once('data', () => socket.end())),
    expected: dialled(520, 'reset'),
  },
  {
    what: 'the connection is reset in the middle of the head',
    prepare: () =>
      useSockets((socket) =>
        socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-', () => socket.resetAndDestroy())),
      ),
    expected: dialled(520, 'reset'),
  },
  {
    what: 'the answer is not HTTP',
    prepare: () => useSockets((socket) => socket.once('data', () => socket.end('220 mail.example.com ESMTP\r\n'))),
    expected: dialled(520, 'invalid_response'),
  },
  {
    what: 'the headers of the answer are larger than 128 KB',
    prepare: () =>
      useSockets((socket) =>
        socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(140 * 1024)}\r\n\r\n`)),
      ),
    expected: dialled(520, 'invalid_response'),
  },
  {
    what: 'HTTPS meets a port that speaks plain HTTP',
    prepare: async () => ({
      port: (await useServer((_request, response) => response.end())).port,
      ssl: 'full',
      scheme: 'https',
    }),
    over: 'https',
    expected: dialled(525, 'tls'),
  },
  {
    what: 'the connection is closed during the TLS handshake',
    prepare: async () => ({
      port: (await useSockets((socket) => socket.once('data', () => socket.end()))).port,
      ssl: 'full',
      scheme: 'https',
    }),
    over: 'https',
    expected: dialled(525, 'tls'),
  },
  {
    what: 'the TLS handshake never ends',
    prepare: async () => {
      let begin: () => void = () => undefined;
      const begun = new Promise<void>((resolve) => {
        begin = resolve;
      });
      const { port } = await useSockets((socket) => socket.once('data', () => begin()));
      const settings = { timeouts: { connect: SHORT } };
      return { port, begun, ssl: 'full', scheme: 'https', settings, originRequest: { tlsTimeout: SHORT } };
    },
    over: 'https',
    after: SHORT * 1000,
    expected: dialled(525, 'tls'),
  },
  {
    what: 'the certificate must be valid and is not',
    prepare: async () => ({
      port: (await useTlsServer((_request, response) => response.end())).port,
      ssl: 'strict',
      scheme: 'https',
    }),
    over: 'https',
    expected: dialled(526, 'certificate'),
  },
];

async function expectError(emu: Emulator, url: string, expected: Expected & { readonly code?: number }): Promise<void> {
  const response = await emu.fetch(url, { headers: { accept: 'application/json' } });
  const page = (await response.json()) as { error: { status: number; code?: number; detail: string; fix: string } };
  expect({ status: response.status, type: response.headers.get('cf-error-type') }).toEqual({
    status: expected.status,
    type: expected.type,
  });
  expect(response.headers.get('cf-error-origin')).toBe(expected.type === null ? null : 'edge');
  expect(page.error).toMatchObject({ status: expected.status });
  expect(page.error.code).toBe(expected.code);
  expect(page.error.fix).not.toBe('');
  const route = parseRoute(response.headers.get('colocal-route'));
  const trace = emu.requests.find(String(route.ray));
  expect(trace).toMatchObject({ status: expected.status, outcome: 'complete' });
  expect(trace?.attempts.at(-1)?.failure).toBe(expected.failure);
  // What follows, where something does, is why no other endpoint was tried.
  expect(trace?.reasons.findLast(({ step }) => step !== 'failover' && step !== 'endpoint')).toMatchObject({
    step: 'attempt',
    outcome: 'failed',
  });
}

describe.each(KINDS)('an endpoint by %s path', (kind) => {
  test.each(FAILING)('where $what', async ({ prepare, over = 'http', after, expected }) => {
    const deadlines = new WatchedDeadlines();
    const { begun, ...options } = await prepare();
    const emu = await usePaths({ ...options, deadlines });
    const failed = expectError(emu, `${over}://${hostOf(kind)}/`, expected[kind]);
    if (after !== undefined) {
      await Promise.all([begun, deadlines.set(after)]);
      deadlines.elapse(after);
    }
    await failed;
  });
});

test('a certificate that nobody trusts is good enough unless ssl is strict', async () => {
  const { port } = await useTlsServer((_request, response) => response.end('over TLS'));
  const emu = await usePaths({ port, ssl: 'full', scheme: 'https', originRequest: { noTLSVerify: true } });
  for (const kind of KINDS) {
    const response = await emu.fetch(`https://${hostOf(kind)}/`);
    expect([response.status, await response.text()]).toEqual([200, 'over TLS']);
  }
});

describe('a tunnel without a connector', () => {
  test('is 530 with error 1033, for its applications and for the addresses behind it', async () => {
    const port = await closedPort();
    const emu = await usePaths({ port });
    const alone = await useEmulator({ config: configOfPaths({ port }) });
    const expected = { status: 530, code: 1033, type: '1033', failure: 'no_connector' };
    await expectError(alone, 'http://tunnel.example.com/', expected);
    await expectError(alone, 'http://private.example.com/', expected);
    // The same tunnels with connectors have another trouble.
    await expectError(emu, 'http://tunnel.example.com/', badGateway('refused'));
  });

  test('is the same once the connector has gone', async () => {
    const { port } = await useServer((_request, response) => response.end());
    const emu = await useEmulator({ config: configOfPaths({ port }) });
    const connector = await emu.connect({ tunnel: 'app' });
    expect((await emu.fetch('http://tunnel.example.com/')).status).toBe(200);
    await connector.close();
    const expected = { status: 530, code: 1033, type: '1033', failure: 'no_connector' };
    await expectError(emu, 'http://tunnel.example.com/', expected);
  });
});

test('an address that the connector may not dial is 523', async () => {
  const { port } = await useServer((_request, response) => response.end('should not be reached'));
  const emu = await useEmulator({
    config: {
      zones: [
        { name: 'example.com', load_balancers: [{ name: 'own.example.com', proxied: true, default_pools: ['own'] }] },
      ],
      // A wide route does not open what is the connector's own.
      pools: [{ name: 'own', origins: [{ name: 'own', address: '127.0.0.1', port, virtual_network: 'default' }] }],
      tunnels: [{ name: 'wide', routes: [{ network: '0.0.0.0/0' }] }],
    },
  });
  await emu.connect({ tunnel: 'wide' });
  await expectError(emu, 'http://own.example.com/', cloudflare(523, 'unreachable'));
});

test('an endpoint whose name does not resolve is 530 with error 1016', async () => {
  const emu = await useEmulator({ config: withPool({ name: 'a', address: 'nonexistent.invalid' }) });
  await expectError(emu, 'http://app.example.com/', { status: 530, code: 1016, type: '1016', failure: 'dns' });
});

test('a published application whose service does not resolve is 502', async () => {
  const emu = await useEmulator({
    config: {
      ...withPool({ name: 'a', tunnel: 'app' }),
      tunnels: [{ name: 'app', config: { ingress: [{ service: 'http://nonexistent.invalid' }] } }],
    },
  });
  await emu.connect({ tunnel: 'app' });
  await expectError(emu, 'http://app.example.com/', badGateway('dns'));
});

test('an endpoint that leads back to the edge is 508 after some rounds', async () => {
  const emu = await useEmulator({ config: withPool({ name: 'a', address: '127.0.0.1' }) });
  // Its port is known only now.
  const port = Number(new URL(address(emu, 'url')).port);
  const [pool] = emu.state.read().pools.values();
  emu.state.transact('api', (draft) =>
    draft.put('pools', { id: pool?.id ?? '', name: 'p', origins: [{ name: 'a', address: '127.0.0.1', port }] }),
  );
  const response = await emu.fetch('http://app.example.com/');
  expect(response.status).toBe(508);
  expect(await response.text()).toMatch(/circles/);
  const traces = emu.requests.list();
  // Each round is a request of its own; the ninth sees that eight came before it.
  expect(traces).toHaveLength(9);
  expect(traces.map((trace) => trace.status)).toEqual(Array(9).fill(508));
  // The route is that of the outermost round, once.
  expect(parseRoute(response.headers.get('colocal-route')).ray).toBe(`${traces[0]?.ray}-NRT`);
});

type Pool = NonNullable<ConfigInput['pools']>[number];

function withPool(origin: Pool['origins'][number], name = 'app.example.com', pool: Partial<Pool> = {}): ConfigInput {
  return {
    zones: [{ name: 'example.com', load_balancers: [{ name, proxied: true, default_pools: ['p'] }] }],
    pools: [{ name: 'p', origins: [origin], ...pool }],
  };
}
