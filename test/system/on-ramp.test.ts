import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { ConfigInput, Emulator } from '../../emulator/index.js';
import { readUntil } from '../support/client.js';
import { address, nextEvent, useEmulator } from '../support/emulator.js';
import { basic, connectBy, socks } from '../support/on-ramp.js';
import { closedPort, useOrigin, useSockets } from '../support/servers.js';

/** The same address twice: each tunnel's connector maps it to a loopback address of its own. */
const ADDRESS = '10.128.0.1';

const TUNNELS: NonNullable<ConfigInput['tunnels']> = ['staging', 'production'].map((name) => ({
  name,
  config: { ingress: [{ service: 'http_status:404' }] },
  routes: [{ network: `${ADDRESS}/32`, virtual_network: name }],
}));

const CONFIG: ConfigInput = {
  tunnels: TUNNELS,
  virtual_networks: [
    { name: 'staging', hosts: { 'db.internal': ADDRESS, 'nowhere.internal': '10.99.0.1' } },
    { name: 'production', is_default_network: true },
  ],
};

const ALICE = { email: 'alice@example.com', password: 'wonderland', groups: ['engineering'] };

/** An edge with both networks; the connectors lead their address to the ports given. */
async function useNetworks(
  ports: { readonly staging: number; readonly production?: number },
  part: ConfigInput = {},
): Promise<{ readonly emu: Emulator; readonly url: string }> {
  const emu = await useEmulator({ config: { ...CONFIG, ...part } });
  await Promise.all(
    Object.entries(ports).map(([tunnel, port]) =>
      emu.connect({ tunnel, connections: 1, location: 'NRT', maps: [`${ADDRESS}:80=127.0.0.1:${port}`] }),
    ),
  );
  return { emu, url: address(emu, 'onRampUrl') };
}

/** What an HTTP server at the end of a connection says it is. */
async function nameBehind(socket: Socket): Promise<string> {
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  const text = await readUntil(socket, (said) => said.includes('\r\n\r\n'));
  return /^x-origin: (.*)\r$/m.exec(text)?.[1] ?? text;
}

describe('the same address in two virtual networks', () => {
  test('is reached in each, by whichever is asked for', async () => {
    const [staging, production] = await Promise.all([useOrigin('in-staging'), useOrigin('in-production')]);
    const { url } = await useNetworks({ staging: staging.address.port, production: production.address.port });
    const wish = { host: ADDRESS, port: 80 };
    const inStaging = await socks(url, { ...wish, user: '+staging', password: 'x' });
    const inProduction = await socks(url, { ...wish, user: '+production', password: 'x' });
    const byDefault = await socks(url, wish);
    expect([inStaging.reply, inProduction.reply, byDefault.reply]).toEqual([0, 0, 0]);
    expect(await nameBehind(inStaging.socket)).toBe('in-staging');
    expect(await nameBehind(inProduction.socket)).toBe('in-production');
    expect(await nameBehind(byDefault.socket)).toBe('in-production');
  });

  test('is reached by CONNECT too', async () => {
    const [staging, production] = await Promise.all([useOrigin('in-staging'), useOrigin('in-production')]);
    const { url } = await useNetworks({ staging: staging.address.port, production: production.address.port });
    const named = await connectBy(url, `${ADDRESS}:80`, [basic('+staging', 'x')]);
    const byDefault = await connectBy(url, `${ADDRESS}:80`);
    expect([named.status, byDefault.status]).toEqual([200, 200]);
    expect(await nameBehind(named.socket)).toBe('in-staging');
    expect(await nameBehind(byDefault.socket)).toBe('in-production');
  });
});

test('names are those of the virtual network', async () => {
  const staging = await useOrigin('in-staging');
  const { url } = await useNetworks({ staging: staging.address.port });
  const found = await socks(url, { host: 'DB.internal.', port: 80, user: '+staging', password: 'x' });
  expect(found.reply).toBe(0);
  expect(await nameBehind(found.socket)).toBe('in-staging');
  const elsewhere = await socks(url, { host: 'db.internal', port: 80 });
  expect(elsewhere.reply).toBe(4);
});

describe('what fails', () => {
  test('is told apart, to both protocols, and in the record (docs/reference/load-balancing.md 14.26)', async () => {
    const { emu, url } = await useNetworks({ staging: await closedPort() });
    const cases = [
      ['nothing listens', '+staging', ADDRESS, 5, 521],
      ['no route', '+staging', '10.99.0.1', 3, 523],
      ['a name without a route', '+staging', 'nowhere.internal', 3, 523],
      ['no connector', '+production', ADDRESS, 1, 530],
      ['no such name', '+staging', 'db.example', 4, 530],
      ['no such virtual network', '+stagin', ADDRESS, 3, 523],
      ['an address with a zone', '+staging', 'fe80::1%eth0', 4, 530],
    ] as const;
    for (const [what, user, host, reply, status] of cases) {
      const bySocks = await socks(url, { host, port: 80, user, password: 'x' });
      expect(bySocks.reply, what).toBe(reply);
      expect(emu.requests.list(1)[0], what).toMatchObject({ status, scheme: 'tcp', host });
      if (host.includes('%')) {
        expect(emu.requests.list(1)[0]?.reasons.at(-1)?.detail).toContain('leave out the %');
        continue;
      }
      const byConnect = await connectBy(url, `${host}:80`, [basic(user, 'x')]);
      expect(byConnect.status, what).toBe(status);
    }
    const codes = emu.requests.list().map(({ error }) => error);
    expect(new Set(codes)).toEqual(new Set([undefined, 1033, 1016]));
  });

  test('says why, and what to do', async () => {
    const { url } = await useNetworks({ staging: await closedPort() });
    const { text } = await connectBy(url, `${ADDRESS}:80`, [basic('+stagin', 'x')]);
    expect(text).toContain('no virtual network is called "stagin"; did you mean "staging"?');
    expect(text).toMatch(/^CF-RAY: [0-9a-f]{16}-NRT\r$/m);
  });
});

test('routes to everything are allowed, and lead to what no other route covers (docs/reference/load-balancing.md 9.1)', async () => {
  const [narrow, wide] = await Promise.all([useOrigin('narrow'), useOrigin('wide')]);
  const emu = await useEmulator({
    config: {
      tunnels: [
        { name: 'narrow', routes: [{ network: '10.1.0.0/16' }, { network: 'fd00:1::/32' }] },
        { name: 'wide', routes: [{ network: '0.0.0.0/0' }, { network: '::/0' }] },
      ],
    },
  });
  for (const { name, address: own } of [narrow, wide]) {
    const maps = ['10.1.0.1', '10.2.0.1', '[fd00:1::1]', '[fd00:2::1]'].map((ip) => `${ip}:80=127.0.0.1:${own.port}`);
    await emu.connect({ tunnel: name, connections: 1, maps });
  }
  const at = async (host: string): Promise<string> => {
    const { reply, socket } = await socks(address(emu, 'onRampUrl'), { host, port: 80 });
    return reply === 0 ? nameBehind(socket) : `reply ${reply}`;
  };
  expect(await at('10.1.0.1')).toBe('narrow');
  expect(await at('10.2.0.1')).toBe('wide');
  expect(await at('fd00:1::1')).toBe('narrow');
  expect(await at('fd00:2::1')).toBe('wide');
  // What is the connector's own is not opened by them.
  for (const own of ['127.0.0.1', '::1', '169.254.169.254', 'fe80::1']) expect(await at(own)).toBe('reply 4');
});

describe('what SOCKS has beside CONNECT is refused', () => {
  test.each([
    ['BIND', 2],
    ['UDP ASSOCIATE', 3],
    ['what is no command', 9],
  ])('%s: command not supported', async (_what, command) => {
    const { url } = await useNetworks({ staging: 9 });
    expect((await socks(url, { host: ADDRESS, port: 80, command })).reply).toBe(7);
  });
});

describe('with users', () => {
  const part: ConfigInput = { access: { users: [ALICE] } };

  test('nobody comes in without a name', async () => {
    const { url } = await useNetworks({ staging: 9 }, part);
    expect((await socks(url, { host: ADDRESS, port: 80 })).reply).toBe('no acceptable method');
    const { status, text } = await connectBy(url, `${ADDRESS}:80`);
    expect(status).toBe(407);
    expect(text).toMatch(/^Proxy-Authenticate: Basic /m);
  });

  test('a wrong password and an unknown user get the same answer, and are told of without the password', async () => {
    const { emu, url } = await useNetworks({ staging: 9 }, part);
    const told = nextEvent(emu, 'access.refused');
    const wish = { host: ADDRESS, port: 80 };
    const wrong = await socks(url, { ...wish, user: ALICE.email, password: 'looking-glass' });
    const unknown = await socks(url, { ...wish, user: 'bob@example.com', password: ALICE.password });
    const nobody = await socks(url, { ...wish, user: '+staging', password: '' });
    expect([wrong.reply, unknown.reply, nobody.reply]).toEqual(Array(3).fill('wrong credentials'));
    expect((await connectBy(url, `${ADDRESS}:80`, [basic(ALICE.email, 'looking-glass')])).status).toBe(407);
    expect(JSON.stringify(await told)).not.toContain('looking-glass');
    expect(emu.requests.list()).toEqual([]);
  });

  test('whoever is known comes in, and the record says who', async () => {
    const staging = await useOrigin('in-staging');
    const { emu, url } = await useNetworks({ staging: staging.address.port }, part);
    const { reply, socket } = await socks(url, {
      host: ADDRESS,
      port: 80,
      user: 'Alice@example.com+staging',
      password: ALICE.password,
    });
    expect(reply).toBe(0);
    expect(await nameBehind(socket)).toBe('in-staging');
    expect(emu.requests.list(1)[0]?.privateNetwork).toEqual({
      protocol: 'socks5',
      port: 80,
      user: ALICE.email,
      name: 'staging',
    });
  });

  test('their connections enter where they stand', async () => {
    const access = { users: [{ ...ALICE, data_center: 'LHR' }] };
    const { emu, url } = await useNetworks({ staging: 9 }, { access });
    await socks(url, { host: ADDRESS, port: 80, user: ALICE.email, password: ALICE.password });
    expect(emu.requests.list(1)[0]?.dataCenter).toBe('LHR');
  });

  test('no view of the edge shows a password', async () => {
    const { emu } = await useNetworks({ staging: 9 }, part);
    const api = address(emu, 'apiUrl');
    for (const path of ['state', 'requests', 'events?follow=false']) {
      const answer = await fetch(`${api}/colocal/v1/${path}`, { signal: AbortSignal.timeout(5_000) });
      if (answer.headers.get('content-type')?.startsWith('text/event-stream')) await answer.body?.cancel();
      else expect(await answer.text()).not.toContain(ALICE.password);
    }
  });
});

describe('policies', () => {
  const access: ConfigInput['access'] = {
    users: [ALICE, { email: 'bob@example.com', password: 'builder' }],
    policies: [
      { name: 'not the admin port', action: 'block', ports: ['8000-8999'], virtual_networks: ['staging'] },
      { name: 'engineers', action: 'allow', groups: ['engineering'], virtual_networks: ['staging'] },
    ],
  };
  const alice = { user: `${ALICE.email}+staging`, password: ALICE.password };
  const bob = { user: 'bob@example.com+staging', password: 'builder' };

  test('decide by user, port and network, and the record names the one that decided', async () => {
    const staging = await useOrigin('in-staging');
    const { emu, url } = await useNetworks({ staging: staging.address.port }, { access });
    const decided = () => emu.requests.list(1)[0]?.reasons.find(({ step }) => step === 'policy');

    expect((await socks(url, { host: ADDRESS, port: 80, ...alice })).reply).toBe(0);
    expect(decided()).toMatchObject({ subject: 'engineers', outcome: 'allowed' });
    expect((await socks(url, { host: ADDRESS, port: 8080, ...alice })).reply).toBe(2);
    expect(decided()).toMatchObject({ subject: 'not the admin port', outcome: 'blocked' });
    expect((await socks(url, { host: ADDRESS, port: 80, ...bob })).reply).toBe(2);
    expect(decided()).toMatchObject({ outcome: 'blocked', detail: expect.stringContaining('none of the 2') });
    // No policy applies to this one.
    expect((await socks(url, { host: ADDRESS, port: 80, ...bob, user: 'bob@example.com' })).reply).toBe(1);
    expect(decided()).toMatchObject({ outcome: 'off' });
    expect((await connectBy(url, `${ADDRESS}:80`, [basic(bob.user, bob.password)])).status).toBe(403);
  });

  test('an edit decides about the next connection', async () => {
    const staging = await useOrigin('in-staging');
    const { emu, url } = await useNetworks({ staging: staging.address.port }, { access });
    expect((await socks(url, { host: ADDRESS, port: 80, ...bob })).reply).toBe(2);
    emu.state.transact('file', (draft) => draft.assign({ access: { ...emu.state.read().access, policies: [] } }));
    expect((await socks(url, { host: ADDRESS, port: 80, ...bob })).reply).toBe(0);
  });
});

describe('a connection that stands', () => {
  test('is recorded with its bytes, while it is open and when it has ended', async () => {
    const { port } = await useSockets((socket) => {
      socket.on('data', () => socket.write('answer'));
      socket.on('end', () => socket.end('bye'));
    });
    const { emu, url } = await useNetworks({ staging: port });
    const { socket } = await socks(url, { host: ADDRESS, port: 80, user: '+staging', password: 'x' });
    socket.write('question');
    await readUntil(socket, (text) => text === 'answer');
    expect(emu.requests.list(1)[0]).toMatchObject({ status: 200, requestBytes: 8, responseBytes: 6 });
    expect(emu.requests.list(1)[0]?.outcome).toBeUndefined();
    // Half-close goes there, and what is said after it comes back.
    socket.end();
    expect(await readUntil(socket, (text) => text === 'bye')).toBe('bye');
    socket.resume();
    await once(socket, 'close');
    await expect.poll(() => emu.requests.list(1)[0]?.outcome).toBe('complete');
    expect(emu.requests.list(1)[0]).toMatchObject({ responseBytes: 9 });
  });

  test('that the other side resets is reset, not ended', async () => {
    const { port } = await useSockets((socket) => socket.on('data', () => socket.resetAndDestroy()));
    const { emu, url } = await useNetworks({ staging: port });
    const { socket } = await socks(url, { host: ADDRESS, port: 80, user: '+staging', password: 'x' });
    const broken = once(socket, 'error');
    socket.resume();
    socket.write('question');
    expect(await broken).toMatchObject([{ code: 'ECONNRESET' }]);
    await expect.poll(() => emu.requests.list(1)[0]?.outcome).toBe('cut_off');
  });

  test('that the client resets is reset there', async () => {
    let reset: (code: unknown) => void = () => undefined;
    const resets = new Promise((resolve) => {
      reset = resolve;
    });
    const { port } = await useSockets((socket) => {
      socket.on('error', (error: NodeJS.ErrnoException) => reset(error.code));
      socket.write('hello');
      socket.resume();
    });
    const { emu, url } = await useNetworks({ staging: port });
    const { socket } = await socks(url, { host: ADDRESS, port: 80, user: '+staging', password: 'x' });
    await readUntil(socket, (text) => text === 'hello');
    socket.resetAndDestroy();
    expect(await resets).toBe('ECONNRESET');
    await expect.poll(() => emu.requests.list(1)[0]?.outcome).toBe('client_closed');
  });

  test('is cut off when its connector goes', async () => {
    const { port } = await useSockets((socket) => socket.write('hello'));
    const emu = await useEmulator({ config: CONFIG });
    const maps = [`${ADDRESS}:80=127.0.0.1:${port}`];
    const connector = await emu.connect({ tunnel: 'staging', connections: 1, maps });
    const url = address(emu, 'onRampUrl');
    const { socket } = await socks(url, { host: ADDRESS, port: 80, user: '+staging', password: 'x' });
    await readUntil(socket, (text) => text === 'hello');
    const broken = once(socket, 'error');
    socket.resume();
    await connector.close();
    expect(await broken).toMatchObject([{ code: 'ECONNRESET' }]);
    await expect.poll(() => emu.requests.list(1)[0]?.outcome).toBe('cut_off');
  });

  test('waits for a client that does not read', async () => {
    let written = 0;
    const chunk = Buffer.alloc(64 * 1024);
    const { port } = await useSockets((socket) => {
      const fill = (): void => {
        while (socket.write(chunk)) written += chunk.length;
        written += chunk.length;
      };
      socket.on('drain', fill);
      socket.on('data', fill);
    });
    const { emu, url } = await useNetworks({ staging: port });
    const { socket } = await socks(url, { host: ADDRESS, port: 80, user: '+staging', password: 'x' });
    socket.write('go');
    // It stops by itself: what is under way is bounded.
    let before = -1;
    await expect
      .poll(
        () => {
          const stands = written === before && written > 0;
          before = written;
          return stands;
        },
        { interval: 300, timeout: 15_000 },
      )
      .toBe(true);
    expect(written).toBeLessThan(64 * 1024 * 1024);
    expect(emu.requests.list(1)[0]?.responseBytes).toBeLessThan(written);
    socket.destroy();
  });
});
