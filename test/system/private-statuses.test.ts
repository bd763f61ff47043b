import { describe, expect, test } from 'vitest';
import type { ConfigInput, Emulator } from '../../emulator/index.js';
import { FrameType } from '../../protocol/frames.js';
import { WatchedDeadlines } from '../support/deadlines.js';
import { address, useEmulator, usePeer } from '../support/emulator.js';
import { connectBy, socks } from '../support/on-ramp.js';
import { closedPort } from '../support/servers.js';
import { knock } from '../support/spectrum.js';

/**
 * How a private address fails, by whichever way a client comes (docs/reference/load-balancing.md 14.26). Elsewhere: no
 * route, over the on-ramp (on-ramp.test.ts); published applications, which have statuses of their own, 502 and
 * 530 (failures.test.ts); endpoints behind real networks (test/network/).
 */
const HOST = '10.1.2.3';
const PORT = 80;
/** Seconds. */
const CONNECT = 5;

interface Failing {
  readonly what: string;
  readonly host?: string;
  /** What is at the other end; returns what the test must do once the connection is asked for. */
  readonly prepare: (emu: Emulator, deadlines: WatchedDeadlines) => Promise<(() => Promise<void>) | undefined>;
  readonly status: number;
  readonly error?: number;
  readonly failure: string;
  /** RFC 1928 section 6. */
  readonly reply: number;
}

const FAILING: readonly Failing[] = [
  { what: 'no connector', prepare: async () => undefined, status: 530, error: 1033, failure: 'no_connector', reply: 1 },
  {
    what: 'refused',
    prepare: async (emu) => {
      const maps = [`${HOST}:${PORT}=127.0.0.1:${await closedPort()}`];
      await emu.connect({ tunnel: 'gateway', connections: 1, maps });
      return undefined;
    },
    status: 521,
    failure: 'refused',
    reply: 5,
  },
  {
    what: 'timed out',
    prepare: async (emu, deadlines) => {
      const peer = await usePeer(emu, 'gateway');
      return async () => {
        // It is asked, and stays silent.
        await peer.next(FrameType.OPEN);
        deadlines.elapse(CONNECT * 1000);
      };
    },
    status: 522,
    failure: 'timeout',
    reply: 6,
  },
  {
    // The most general route leads to the connector, and does not open what is the connector's own.
    what: 'unreachable',
    host: '127.0.0.1',
    prepare: async (emu) => {
      await emu.connect({ tunnel: 'gateway', connections: 1 });
      return undefined;
    },
    status: 523,
    failure: 'unreachable',
    reply: 4,
  },
];

interface Way {
  readonly way: string;
  /** Comes in, and hears that it leads nowhere. */
  readonly expect: (emu: Emulator, host: string, failing: Failing) => Promise<void>;
}

const WAYS: readonly Way[] = [
  {
    way: 'an HTTP load balancer',
    expect: async (emu, _host, { status }) => {
      expect((await emu.fetch('http://app.example.com/')).status).toBe(status);
    },
  },
  {
    way: 'CONNECT',
    expect: async (emu, host, { status }) => {
      expect((await connectBy(address(emu, 'onRampUrl'), `${host}:${PORT}`)).status).toBe(status);
    },
  },
  {
    way: 'SOCKS5',
    expect: async (emu, host, { reply }) => {
      expect((await socks(address(emu, 'onRampUrl'), { host, port: PORT })).reply).toBe(reply);
    },
  },
  {
    way: 'a Spectrum application',
    expect: async (emu) => {
      expect(await knock(emu)).toBe('reset');
    },
  },
];

const configOf = (host: string): ConfigInput => ({
  zones: [
    { name: 'example.com', load_balancers: [{ name: 'app.example.com', proxied: true, default_pools: ['private'] }] },
  ],
  pools: [{ name: 'private', origins: [{ name: 'a', address: host, port: PORT, virtual_network: 'default' }] }],
  tunnels: [
    {
      name: 'gateway',
      config: { ingress: [{ service: 'http_status:404' }] },
      routes: [{ network: '10.1.2.0/24' }, { network: '0.0.0.0/0' }],
    },
  ],
  spectrum: [{ name: 'db', listen: '127.0.0.1:0', load_balancer: 'app.example.com' }],
  settings: { timeouts: { connect: CONNECT } },
});

describe.each(WAYS)('by $way', (way) => {
  test.each(FAILING)('$what', async (failing) => {
    const { host = HOST, status, error, failure } = failing;
    const deadlines = new WatchedDeadlines();
    const emu = await useEmulator({ config: configOf(host), deadlines });
    const then = await failing.prepare(emu, deadlines);
    await Promise.all([way.expect(emu, host, failing), then?.()]);
    const trace = emu.requests.list(1)[0];
    expect(trace).toMatchObject({ status });
    expect(trace?.error).toBe(error);
    expect(trace?.attempts).toMatchObject([{ failure, tunnel: 'gateway' }]);
  });
});
