import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Deadlines, ManualDeadlines } from '../../../runtime/deadlines.js';
import { elapsing } from '../../../test/support/deadlines.js';
import { accessUsers } from '../../access/users.js';
import type { ConnectionClient } from '../../forward/connection/connection.types.js';
import { createErrorPages } from '../../forward/pages.js';
import type { PrivateRequest } from '../../forward/private/private.types.js';
import type { AccessUser } from '../../state/objects.js';
import type { ClientVantage } from '../ingress.types.js';
import type { OnRampLimits } from './limits.js';
import { createOnRamp } from './on-ramp.js';

const ALICE: AccessUser = { email: 'alice@example.com', password: 'wonderland', groups: [] };
const vantage: ClientVantage = {
  resolve: (_headers, clientIp, clientPort) => ({
    ok: true,
    vantage: {
      dataCenter: { code: 'NRT', city: 'Tokyo', country: 'JP', region: 'NEAS', latitude: 0, longitude: 0 },
      clientIp,
      clientPort,
      reasons: [],
    },
  }),
};

interface Wanted {
  readonly request: PrivateRequest;
  readonly client: ConnectionClient;
  givenUp: boolean;
}

/** An on-ramp without an edge behind it: what it hands on is kept. */
async function open(users: readonly AccessUser[] = [], limits: Partial<OnRampLimits> = {}) {
  const deadlines = new ManualDeadlines();
  /** Tells of deadlines too: the first is that of a handshake, so the client has been taken. */
  const told: Deadlines = {
    now: () => deadlines.now(),
    after(milliseconds, expire) {
      const deadline = deadlines.after(milliseconds, expire);
      tell();
      return deadline;
    },
  };
  const wanted: Wanted[] = [];
  let tell: () => void = () => undefined;
  const onRamp = createOnRamp({
    forwarder: {
      users: () => accessUsers(users),
      connect(request, client) {
        const want: Wanted = { request, client, givenUp: false };
        wanted.push(want);
        tell();
        return () => {
          want.givenUp = true;
          tell();
        };
      },
    },
    vantage,
    pages: createErrorPages(),
    deadlines: told,
    limits,
    onStranger: () => undefined,
  });
  const { port } = await onRamp.listen('127.0.0.1', 0);
  onTestFinished(async () => {
    const closed = onRamp.close(0);
    deadlines.elapse(0);
    await closed;
  });
  /** Resolves once something was handed on, or given up, and what is asked for holds. */
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      tell = () => {
        if (holds()) resolve();
      };
      tell();
    });
  return { port, deadlines, wanted, until, onRamp };
}

async function client(port: number): Promise<{ readonly socket: Socket; readonly closed: Promise<Buffer> }> {
  const socket = connect({ port, host: '127.0.0.1' });
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  const heard: Buffer[] = [];
  socket.on('data', (chunk) => heard.push(chunk));
  const closed = new Promise<Buffer>((resolve) => socket.once('close', () => resolve(Buffer.concat(heard))));
  await once(socket, 'connect');
  return { socket, closed };
}

const GREETING = Buffer.from([5, 1, 0]);
const REQUEST = Buffer.from([5, 1, 0, 1, 10, 0, 0, 1, 0, 80]);

describe('what is not a handshake is closed at once', () => {
  test.each([
    ['zeros', Buffer.alloc(64), ''],
    ['a head that has no end', Buffer.alloc(20 * 1024, 'A'), 'HTTP/1.1 431 '],
    ['SOCKS4', Buffer.from([4, 1, 0, 80, 10, 0, 0, 1, 0]), '\0\x5b'],
    ['TLS', Buffer.from([0x16, 3, 1, 0, 5, 13, 10, 13, 10]), 'HTTP/1.1 400 '],
    ['another method of HTTP', Buffer.from('GET http://10.0.0.1/ HTTP/1.1\r\nHost: x\r\n\r\n'), 'HTTP/1.1 405 '],
    ['CONNECT without a port', Buffer.from('CONNECT 10.0.0.1 HTTP/1.1\r\n\r\n'), 'HTTP/1.1 400 '],
    ['an unknown kind of address', Buffer.concat([GREETING, Buffer.from([5, 1, 0, 9])]), '\x05\0\x05\x08'],
    ['a request that is none', Buffer.concat([GREETING, Buffer.from([6])]), '\x05\0\x05\x01'],
  ])('%s', async (_what, bytes, expected) => {
    const { port, wanted } = await open();
    const { socket, closed } = await client(port);
    socket.end(bytes);
    expect((await closed).toString('latin1').slice(0, expected.length || undefined)).toBe(expected);
    expect(wanted).toEqual([]);
  });
});

describe('a handshake that does not get on', () => {
  test.each([
    ['says nothing', Buffer.alloc(0)],
    ['stops in its greeting', Buffer.from([5])],
    ['stops before its request', GREETING],
    ['stops in its head', Buffer.from('CONNECT 10.0.0.1:80 HT')],
  ])('%s: is closed after 10 s', async (_what, bytes) => {
    const { port, deadlines, until } = await open();
    const { socket, closed } = await client(port);
    socket.write(bytes);
    // The greeting is answered, so that it is known to have been read.
    if (bytes === GREETING) await once(socket, 'data');
    else await until(() => deadlines.size > 0);
    deadlines.elapse(9_999);
    expect(socket.destroyed).toBe(false);
    deadlines.elapse(1);
    await closed;
  });

  test('time for it is over once it is known where the connection is to go', async () => {
    const { port, deadlines, wanted, until } = await open();
    const { socket } = await client(port);
    socket.write(Buffer.concat([GREETING, REQUEST]));
    await until(() => wanted.length === 1);
    deadlines.elapse(60_000);
    wanted[0]?.client.accepted('ray');
    await once(socket, 'data');
    expect(socket.destroyed).toBe(false);
  });
});

test('byte by byte is the same as at once', async () => {
  const { port, wanted, until } = await open([ALICE]);
  const { socket } = await client(port);
  socket.setNoDelay(true);
  const said = Buffer.concat([
    Buffer.from([5, 1, 2, 1, ALICE.email.length]),
    Buffer.from(ALICE.email),
    Buffer.from([ALICE.password.length]),
    Buffer.from(ALICE.password),
    REQUEST,
  ]);
  for (const byte of said) await new Promise((resolve) => socket.write(Buffer.from([byte]), resolve));
  await until(() => wanted.length === 1);
  expect(wanted[0]?.request).toMatchObject({ protocol: 'socks5', host: '10.0.0.1', port: 80, user: ALICE });
});

test('what a client says before it is answered reaches the other side', async () => {
  const { port, wanted, until } = await open();
  const { socket } = await client(port);
  socket.write(Buffer.concat([GREETING, REQUEST, Buffer.from('early')]));
  await until(() => wanted.length === 1);
  const want = wanted[0] as Wanted;
  want.client.accepted('ray');
  want.client.socket.resume();
  expect(String((await once(want.client.socket, 'data'))[0])).toBe('early');
});

test('a client that goes away before it is answered is given up', async () => {
  const { port, wanted, until } = await open();
  const { socket } = await client(port);
  socket.write(Buffer.concat([GREETING, REQUEST]));
  await until(() => wanted.length === 1);
  socket.destroy();
  await until(() => wanted[0]?.givenUp === true);
});

test.each([
  ['nothing', 0],
  ['a few bytes', 5],
  ['more than is kept', 1024 * 1024],
])('a client that says %s and resets before it is answered is given up', async (_what, bytes) => {
  const { port, wanted, until, deadlines } = await open();
  const { socket } = await client(port);
  socket.write(Buffer.concat([GREETING, REQUEST]));
  await until(() => wanted.length === 1);
  if (bytes > 0) await new Promise((resolve) => socket.write(Buffer.alloc(bytes), resolve));
  socket.resetAndDestroy();
  await elapsing(
    deadlines,
    until(() => wanted[0]?.givenUp === true),
  );
});

test('a client without credentials is told that there is no way, where there are users', async () => {
  const { port } = await open([ALICE]);
  const { socket, closed } = await client(port);
  socket.end(GREETING);
  expect([...(await closed)]).toEqual([5, 0xff]);
});

test('closing ends what is open once its grace is over', async () => {
  const { port, onRamp, deadlines, until } = await open();
  const { closed } = await client(port);
  await until(() => deadlines.size > 0);
  const closing = onRamp.close(1_000);
  deadlines.elapse(1_000);
  await closing;
  await closed;
});

test('connections above the limit are closed, and those that are there stay', async () => {
  const { port, deadlines, until } = await open([], { connections: 1 });
  const kept = await client(port);
  await until(() => deadlines.size > 0);
  const more = await client(port);
  expect(await more.closed).toEqual(Buffer.alloc(0));
  kept.socket.write(GREETING);
  expect([...((await once(kept.socket, 'data'))[0] as Buffer)]).toEqual([5, 0]);
});
