import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ManualDeadlines } from '../../../runtime/deadlines.js';
import { elapsing } from '../../../test/support/deadlines.js';
import type { SpectrumRequest } from '../../forward/spectrum/spectrum.types.js';
import type { Vantage } from '../../geo/geo.types.js';
import type { SpectrumApplication } from '../../state/objects.js';
import { createSpectrum, type SpectrumOptions } from './spectrum.js';

const APPLICATION: SpectrumApplication = {
  id: 'a',
  name: 'db',
  listen: '127.0.0.1:0',
  load_balancer_id: 'lb',
  tls: 'off',
  proxy_protocol: 'off',
  managed_by: 'file',
  created_on: 0,
  modified_on: 0,
};

const VANTAGE = {
  dataCenter: { code: 'NRT' },
  clientIp: '127.0.0.1',
  clientPort: 1,
  reasons: [],
} as unknown as Vantage;

/** The Spectrum side with a forwarder that only notes what comes. */
async function useSide(options: Partial<SpectrumOptions> = {}) {
  const requests: SpectrumRequest[] = [];
  const waiting: ((request: SpectrumRequest) => void)[] = [];
  let givenUp: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => {
    givenUp = resolve;
  });
  const deadlines = new ManualDeadlines();
  const side = createSpectrum({
    forwarder: {
      connect(request) {
        requests.push(request);
        for (const wake of waiting.splice(0)) wake(request);
        return givenUp;
      },
      turnedAway: () => undefined,
    },
    vantage: { resolve: () => ({ ok: true, vantage: VANTAGE }) },
    certificates: { contextFor: () => Promise.resolve(undefined) },
    deadlines,
    applications: () => new Map([[APPLICATION.id, APPLICATION]]),
    addressOf: () => ({ host: '127.0.0.1', port: 0 }),
    events: { emit: () => undefined },
    ...options,
  });
  await side.open();
  onTestFinished(async () => {
    const closed = side.close(1);
    await Promise.resolve();
    for (let turn = 0; turn < 5; turn++) {
      await new Promise(setImmediate);
      deadlines.elapse(1);
    }
    await closed;
  });
  const [address] = side.addresses();
  const open = (): Socket => {
    const socket = connect(address?.port ?? 0, '127.0.0.1').on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
    return socket;
  };
  const next = (): Promise<SpectrumRequest> => new Promise((resolve) => waiting.push(resolve));
  return { side, open, next, requests, gone, deadlines, port: address?.port };
}

test('a client is handed on with the port at which it came in', async () => {
  const { open, next, port } = await useSide();
  const request = next();
  open();
  expect(await request).toMatchObject({ application: { name: 'db' }, port });
});

test('connections above the limit are closed, and those that are there stay', async () => {
  const { open, next, requests } = await useSide({ limits: { connections: 1 } });
  const first = next();
  const kept = open();
  await first;
  const more = open();
  await new Promise((resolve) => more.once('close', resolve).resume());
  expect(requests).toHaveLength(1);
  expect(kept.destroyed).toBe(false);
});

test.each([
  ['nothing', 0],
  ['a few bytes', 5],
  ['some more', 60 * 1024],
  ['much more', 200 * 1024],
])('a client that says %s and resets before the connection stands gives up', async (_what, bytes) => {
  const { open, next, gone, deadlines } = await useSide();
  const request = next();
  const socket = open();
  await new Promise((resolve) => socket.once('connect', resolve));
  await request;
  if (bytes > 0) await new Promise((resolve) => socket.write(Buffer.alloc(bytes), resolve));
  socket.resetAndDestroy();
  await elapsing(deadlines, gone);
});

test('a TLS handshake has only so much time, and nothing is handed on', async () => {
  const { open, requests } = await useSide({
    applications: () => new Map([[APPLICATION.id, { ...APPLICATION, tls: 'flexible' as const }]]),
    limits: { handshakeTimeout: 30 },
  });
  const socket = open();
  await new Promise((resolve) => socket.once('close', resolve).resume());
  expect(requests).toEqual([]);
});

test('a client that can enter nowhere is turned away, and reset', async () => {
  const away: string[] = [];
  const error = Object.assign(new Error('no data center'), { status: 503 }) as never;
  const { open } = await useSide({
    vantage: { resolve: () => ({ ok: false, error }) },
    forwarder: {
      connect: () => {
        throw new Error('it has no vantage');
      },
      turnedAway: (application, _port, ip) => away.push(`${application.name} ${ip}`),
    },
  });
  const socket = open();
  await new Promise((resolve) => socket.once('close', resolve).resume());
  expect(away).toEqual(['db 127.0.0.1']);
});
