import { expect, test } from 'vitest';
import { ask, send } from './support/client.js';
import { startHeldOrigin } from './support/held-origin.js';
import { leavesNothingBehind } from './support/left-behind.js';
import { freePort, refusing } from './support/ports.js';
import { ConfigFile, oneTunnel, startConnector, startEdge, tokenOf } from './support/setup.js';

leavesNothingBehind();

async function somePorts() {
  return { http: await freePort(), https: await freePort(), connectors: await freePort(), api: await freePort() };
}

test('an edge is killed and started again: its connectors come back by themselves and requests work', async () => {
  const origin = await startHeldOrigin();
  origin.release();
  const file = new ConfigFile(oneTunnel(origin.url, await somePorts()));
  const edge = await startEdge(file);
  const token = await tokenOf(file);
  const connectors = await Promise.all([
    startConnector(edge.connectors, token),
    startConnector(edge.connectors, token),
  ]);

  edge.kill('SIGKILL');
  await edge.ended;
  await Promise.all(connectors.map(({ err }) => err.next(/connection to the edge lost/)));
  const again = await startEdge(file);
  for (const { err } of connectors) {
    for (let connection = 0; connection < 4; connection++) await err.next(/"msg":"connected to the edge"/);
  }
  expect(again.http).toBe(edge.http);
  const known = new Set(connectors.map(({ id }) => id));
  for (let count = 0; count < 8; count++)
    expect(await ask(again.http)).toMatchObject({ kind: 'answered', status: 200 });
  for (const { connector } of origin.arrivals) expect(known).toContain(connector);
});

test('an edge that is told to stop takes nothing new, finishes what is open and exits with 0', async () => {
  const origin = await startHeldOrigin();
  const file = new ConfigFile(oneTunnel(origin.url));
  const edge = await startEdge(file);
  const connector = await startConnector(edge.connectors, await tokenOf(file));
  const open = [send(edge.http, '/get'), send(edge.http, '/download')];
  await origin.arrived(2);
  await open[1]?.begun;

  edge.kill('SIGTERM');
  // It shows that it has heard the signal by refusing connections.
  await refusing(Number(new URL(edge.http).port));
  origin.release();
  for (const { outcome } of open) expect(await outcome).toMatchObject({ kind: 'answered', status: 200 });
  expect(await edge.ended).toMatchObject({ code: 0, signal: null });
  // Its connectors are told to come back later, and wait for it.
  await connector.err.next(/cannot connect to the edge|connection to the edge lost/);
});
