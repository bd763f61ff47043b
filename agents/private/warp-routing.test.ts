import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { ResetCause } from '../../protocol/messages.js';
import { ConfigurationProblem } from '../ingress/problem.js';
import { connected } from '../testing/connector.js';
import { tcpOrigin } from '../testing/origin.js';
import { waitUntil } from '../testing/wait.js';
import { parseWarpRouting } from './warp-routing.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

test('defaults are those of cloudflared, and 0 means what it means in Go', () => {
  const defaults = { connectTimeout: 5000, tcpKeepAlive: 30_000, maxActiveFlows: 0 };
  expect(parseWarpRouting(undefined, [])).toEqual(defaults);
  expect(parseWarpRouting({ enabled: true }, [])).toEqual(defaults);
  expect(parseWarpRouting({ connectTimeout: 2, tcpKeepAlive: '7s', maxActiveFlows: 3 }, [])).toEqual({
    connectTimeout: 2000,
    tcpKeepAlive: 7000,
    maxActiveFlows: 3,
  });
  expect(parseWarpRouting({ connectTimeout: 0, tcpKeepAlive: 0 }, [])).toEqual({
    connectTimeout: 0x7fff_ffff,
    tcpKeepAlive: 15_000,
    maxActiveFlows: 0,
  });
});

test.each([
  [{ connectTimeout: 1.5 }, 'connectTimeout is a whole number of seconds'],
  [{ tcpKeepAlive: 'soon' }, 'tcpKeepAlive is a whole number of seconds'],
  [{ maxActiveFlows: -1 }, 'maxActiveFlows is a whole number'],
  [{ enabled: 'yes' }, 'enabled is true or false'],
  [[], 'warp-routing is a mapping'],
])('%j is refused', (value, message) => {
  expect(() => parseWarpRouting(value, [])).toThrow(message);
});

test('`enabled: false` of old files is accepted with a warning', () => {
  const warnings: ConfigurationProblem[] = [];
  parseWarpRouting({ enabled: false }, warnings);
  expect(warnings).toEqual([expect.any(ConfigurationProblem)]);
  expect(warnings[0]?.path).toEqual(['warp-routing', 'enabled']);
});

test('maxActiveFlows bounds the private connections of a connector; one that ends makes room', async () => {
  const sockets: Socket[] = [];
  const service = await tcpOrigin((socket) => sockets.push(socket));
  cleanups.push(service.close);
  const { connection, close } = await connected({
    config: { ingress: [{ service: 'hello_world' }], 'warp-routing': { maxActiveFlows: 1 } },
    networks: ['127.0.0.0/8'],
  });
  cleanups.push(close);
  const dial = () => connection.open({ kind: 'tcp', ip: '127.0.0.1', port: service.port });
  const first = dial();
  await first.headed;
  const second = dial();
  await second.done;
  expect(second.failure).toMatchObject({
    cause: ResetCause.FLOW_LIMIT,
    unsent: true,
    detail: expect.stringContaining('no more connections than warp-routing.maxActiveFlows allows, 1,'),
  });
  first.giveUp();
  await waitUntil(() => connection.session.size === 0);
  await connection.request();
  const third = dial();
  await third.headed;
  expect(third.answer?.status).toBe(200);
  third.giveUp();
});

/** Linux says of each socket when its keep-alive timer fires: hundredths of a second, in hexadecimal. */
test.skipIf(process.platform !== 'linux')('tcpKeepAlive is that of the socket', async () => {
  const sockets: Socket[] = [];
  const service = await tcpOrigin((socket) => sockets.push(socket));
  cleanups.push(service.close);
  const { connection, close } = await connected({
    config: { ingress: [{ service: 'hello_world' }], 'warp-routing': { tcpKeepAlive: 7 } },
    networks: ['127.0.0.0/8'],
  });
  cleanups.push(close);
  const stream = connection.open({ kind: 'tcp', ip: '127.0.0.1', port: service.port });
  await stream.headed;
  await waitUntil(() => sockets.length === 1);
  const hex = (port: number): string => `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const ends = [hex(sockets[0]?.remotePort ?? 0), hex(service.port)];
  const line = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .find((each) => ends.every((end, index) => each.trim().split(/\s+/)[1 + index]?.endsWith(end)));
  const [kind, ticks] = (line?.trim().split(/\s+/)[5] ?? '').split(':');
  expect(kind).toBe('02');
  expect(Number.parseInt(ticks ?? '', 16)).toBeLessThanOrEqual(700);
  stream.giveUp();
});
