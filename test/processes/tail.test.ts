import { expect, test } from 'vitest';
import { ask } from './support/client.js';
import { leavesNothingBehind } from './support/left-behind.js';
import { freePort } from './support/ports.js';
import { builtMain, colocal, runColocal, shell } from './support/program.js';
import { ANY_PORTS, ConfigFile, oneTunnel, startConnector, startEdge, tokenOf } from './support/setup.js';

leavesNothingBehind();

test('tail prints requests as they happen, over a restart of the edge, until Ctrl-C', async () => {
  const [http, connectors, api] = [await freePort(), await freePort(), await freePort()];
  const file = new ConfigFile(oneTunnel('hello_world', { ...ANY_PORTS, http, connectors, api }));
  const first = await startEdge(file);
  await startConnector(first.connectors, await tokenOf(file), 'LHR');
  const env = { COLOCAL_URL: first.api };
  const all = colocal(['tail'], { env });
  const failed = colocal(['tail', '--json', '--status', '4xx'], { env });
  // Neither says when it has begun: requests go on until both have told of one.
  let path = 0;
  const told = Promise.all([all.out.next(/\n/), failed.out.next(/\n/)]);
  let both = false;
  void told.then(() => {
    both = true;
  });
  while (!both) {
    await ask(first.http, `/path-${path++}`);
    await ask(first.http, '/', { headers: { host: 'unknown.example.com' } });
  }
  await all.out.next(
    /^\d\d:\d\d:\d\d\.\d{3} [0-9a-f]{16}-NRT GET http:\/\/app\.example\.com\/path-\d+ 200 app\/app via app\/[0-9a-f]{8}@\w{3} {2}pool app: chosen, /m,
  );
  const lines = failed.out.text.split('\n').slice(0, -1);
  expect(lines.map((line) => JSON.parse(line).host)).toEqual(lines.map(() => 'unknown.example.com'));

  first.kill('SIGTERM');
  await all.err.next(/went away; waiting for it to come back\n/);
  await first.ended;
  await startEdge(file);
  await all.err.next(/ is back\n/);
  await ask(first.http, '/after', { headers: { host: 'unknown.example.com' } });
  await all.out.next(/unknown\.example\.com\/after 409\/1001 - {2}host unknown\.example\.com: unknown/);
  all.kill('SIGINT');
  failed.kill('SIGTERM');
  expect(await all.ended).toMatchObject({ code: 0 });
  expect(await failed.ended).toMatchObject({ code: 0 });
});

test('tail ends when nobody reads it any more', async () => {
  const edge = await startEdge(new ConfigFile(oneTunnel('hello_world')));
  const line = `COLOCAL_URL=${edge.api} "${process.execPath}" "${builtMain()}" tail | head -n 1; echo "tail: \${PIPESTATUS[0]}"`;
  const piped = shell(line);
  let ended = false;
  void piped.ended.then(() => {
    ended = true;
  });
  while (!ended) await ask(edge.http, '/', { headers: { host: 'unknown.example.com' } });
  const { out, err } = await piped.ended;
  expect(err).toBe('');
  expect(out).toMatch(/^.*409\/1001.*\ntail: 0\n$/);
});

test('tail refuses what is no status, and says that no edge runs', async () => {
  expect(await runColocal(['tail', '--status', '5'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('It must be a status such as 503'),
  });
  const env = { COLOCAL_URL: `http://127.0.0.1:${await freePort()}` };
  expect(await runColocal(['tail'], { env })).toMatchObject({
    code: 1,
    err: expect.stringContaining('EDGE_UNREACHABLE'),
  });
});
