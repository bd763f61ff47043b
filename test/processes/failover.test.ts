import { describe, expect, test } from 'vitest';
import { ask, send } from './support/client.js';
import { type HeldOrigin, startHeldOrigin } from './support/held-origin.js';
import { leavesNothingBehind } from './support/left-behind.js';
import { ConfigFile, oneTunnel, type RunningConnector, startConnector, startEdge, tokenOf } from './support/setup.js';

leavesNothingBehind();

/** An edge, an origin that holds its answers, and two replicas of the tunnel between them. */
async function twoReplicas() {
  const origin = await startHeldOrigin();
  const file = new ConfigFile(oneTunnel(origin.url));
  const [edge, token] = await Promise.all([startEdge(file), tokenOf(file)]);
  const [first, second] = await Promise.all([
    startConnector(edge.connectors, token),
    startConnector(edge.connectors, token),
  ]);
  return { origin, edge, first, second };
}

/** 50 requests that have reached the origin: 25 GET, 10 POST, 15 downloads of which the client has the beginning. */
async function fiftyInFlight(edge: string, origin: HeldOrigin) {
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
  const requests = [
    ...numbers(25).map((number) => ({ path: `/get/${number}` })),
    ...numbers(10).map((number) => ({ path: `/post/${number}`, method: 'POST', body: 'x'.repeat(1_000) })),
    ...numbers(15).map((number) => ({ path: `/download/${number}` })),
  ];
  const sent = requests.map(({ path, ...options }) => ({ path, ...send(edge, path, options) }));
  await origin.arrived(requests.length);
  await Promise.all(sent.filter(({ path }) => path.startsWith('/download')).map(({ begun }) => begun));
  return sent;
}

/** The paths that came through a connector, of those that begin so. */
function through(connector: RunningConnector, origin: HeldOrigin, beginning: string): string[] {
  return origin.arrivals
    .filter((arrival) => arrival.connector === connector.id && arrival.path.startsWith(beginning))
    .map(({ path }) => path);
}

describe('a replica under 50 requests in flight', () => {
  test('killed: each is retried and answered, or answered 502, or reset after its head; none hangs', async () => {
    const { origin, edge, first, second } = await twoReplicas();
    const sent = await fiftyInFlight(edge.http, origin);
    // Both had work, or this would show nothing.
    for (const connector of [first, second]) expect(through(connector, origin, '/get')).not.toEqual([]);
    const lost = new Set(through(first, origin, '/'));
    const retried = through(first, origin, '/get');

    first.kill('SIGKILL');
    await first.ended;
    await origin.arrived(sent.length + retried.length);
    expect(origin.arrivals.slice(sent.length).map(({ path }) => path)).toEqual(expect.arrayContaining(retried));
    expect(through(second, origin, '/get')).toHaveLength(25);
    origin.release();

    const outcomes = await Promise.all(sent.map(async ({ path, outcome }) => ({ path, outcome: await outcome })));
    for (const { path, outcome } of outcomes) {
      if (path.startsWith('/get') || !lost.has(path)) {
        const body = expect.stringMatching(new RegExp(`last piece of ${path}$`));
        expect(outcome, path).toMatchObject({ kind: 'answered', status: 200, body });
      } else if (path.startsWith('/post')) {
        expect(outcome, path).toMatchObject({ kind: 'answered', status: 502 });
      } else {
        expect(outcome, path).toMatchObject({ kind: 'cut off', status: 200, body: 'first piece, ' });
      }
    }
    expect(outcomes).toHaveLength(50);
    expect(origin.arrivals).toHaveLength(50 + retried.length);
    expect(await ask(edge.http)).toMatchObject({ kind: 'answered', status: 200 });
  });

  test('told to stop: none fails, it exits with 0, and the other one serves', async () => {
    const { origin, edge, first, second } = await twoReplicas();
    const sent = await fiftyInFlight(edge.http, origin);
    expect(through(first, origin, '/')).not.toEqual([]);

    first.kill('SIGTERM');
    await first.err.next(/open requests may finish/);
    origin.release();

    for (const { path, outcome } of sent) {
      expect(await outcome, path).toMatchObject({ kind: 'answered', status: 200 });
    }
    expect(await first.ended).toMatchObject({ code: 0, signal: null });
    const before = origin.arrivals.length;
    for (let count = 0; count < 8; count++) {
      expect(await ask(edge.http, '/after')).toMatchObject({ kind: 'answered', status: 200 });
    }
    expect(origin.arrivals.slice(before).map(({ connector }) => connector)).toEqual(Array(8).fill(second.id));
  });

  test('the last one killed: the tunnel has no connection, error 1033, until another connector comes', async () => {
    const origin = await startHeldOrigin();
    origin.release();
    const file = new ConfigFile(oneTunnel(origin.url));
    const [edge, token] = await Promise.all([startEdge(file), tokenOf(file)]);
    const only = await startConnector(edge.connectors, token);
    // Each of them takes requests by now; one that never did is not missed when it goes.
    for (let opened = 0; opened < 4; opened++) await edge.err.next(/"event":"connection\.opened"/);
    only.kill('SIGKILL');
    await only.ended;
    for (let closed = 0; closed < 4; closed++) await edge.err.next(/"event":"connection\.closed"/);
    expect(await ask(edge.http)).toMatchObject({ status: 530, body: expect.stringContaining('1033') });
    const other = await startConnector(edge.connectors, token);
    expect(await ask(edge.http)).toMatchObject({ status: 200 });
    expect(origin.arrivals.map(({ connector }) => connector)).toEqual([other.id]);
  });
});
