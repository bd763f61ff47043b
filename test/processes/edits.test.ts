import { expect, test } from 'vitest';
import { ask, send } from './support/client.js';
import { startHeldOrigin } from './support/held-origin.js';
import { leavesNothingBehind } from './support/left-behind.js';
import { ConfigFile, oneTunnel, startConnector, startEdge, tokenOf } from './support/setup.js';

leavesNothingBehind();

test('a good edit of the file is effective at once, and breaks nothing that is open', async () => {
  const origin = await startHeldOrigin();
  const before = oneTunnel(origin.url);
  const file = new ConfigFile(before);
  const edge = await startEdge(file);
  const connector = await startConnector(edge.connectors, await tokenOf(file));
  const open = send(edge.http, '/download');
  await open.begun;

  file.save(before.replace(`"${origin.url}"`, 'http_status:418'));
  await edge.err.next(/"event":"config\.applied"/);
  await connector.err.next(/configuration/);
  expect(await ask(edge.http)).toMatchObject({ kind: 'answered', status: 418 });
  origin.release();
  expect(await open.outcome).toMatchObject({ kind: 'answered', status: 200 });
});

test('a bad edit is told with line and column, and nothing of it is applied; the next good one is', async () => {
  const origin = await startHeldOrigin();
  origin.release();
  const before = oneTunnel(origin.url);
  const file = new ConfigFile(before);
  const edge = await startEdge(file);
  await startConnector(edge.connectors, await tokenOf(file));

  // Good in its first half, which alone would take the load balancer away.
  file.save(
    before.replace('app.example.com, proxied', 'other.example.com, proxied').replace('tunnel_secret', 'tunel_secret'),
  );
  const [refused] = await edge.err.next(/\{[^\n]*"event":"config\.refused"[^\n]*/);
  const { msg } = JSON.parse(refused) as { msg: string };
  const line = before.split('\n').findIndex((text) => text.includes('tunnel_secret')) + 1;
  expect(msg).toContain(
    `${file.path}:${line}:5: tunnels[0].tunel_secret is not a known key; did you mean "tunnel_secret"?`,
  );
  expect(refused).not.toContain('"stack"');
  expect(await ask(edge.http)).toMatchObject({ kind: 'answered', status: 200 });

  file.save(before.replace('app.example.com, proxied', 'other.example.com, proxied'));
  await edge.err.next(/"event":"config\.applied"/);
  expect(await ask(edge.http, '/', { headers: { host: 'other.example.com' } })).toMatchObject({ status: 200 });
  // Its name is not a load balancer's any more.
  expect(await ask(edge.http)).toMatchObject({ status: 409 });
});
