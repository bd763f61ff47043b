import { expect, test } from 'vitest';
import { ask } from './support/client.js';
import { leavesNothingBehind } from './support/left-behind.js';
import { runColocal } from './support/program.js';
import { ConfigFile, oneTunnel, startConnector, startEdge, tokenOf } from './support/setup.js';

leavesNothingBehind();

test('har prints what was asked, and replay asks it once more', async () => {
  const file = new ConfigFile(`${oneTunnel('hello_world')}settings: { record: { headers: true } }\n`);
  const edge = await startEdge(file);
  await startConnector(edge.connectors, await tokenOf(file));
  const env = { COLOCAL_URL: edge.api };
  const reply = await ask(edge.http, '/path?a=b', { headers: { cookie: 'a=s3cret' } });
  await ask(edge.http, '/', { headers: { host: 'unknown.example.com' } });
  const ray = reply.kind === 'answered' ? String(reply.headers['cf-ray']) : '';

  const replayed = await runColocal(['replay', ray], { env });
  expect(replayed).toMatchObject({ code: 0, err: '' });
  expect(replayed.out).toMatch(/^GET http:\/\/app\.example\.com\/path\?a=b entering NRT/);
  expect(replayed.out).toContain(`a replay of ${ray.split('-')[0]} enters at NRT`);
  expect(replayed.out).toMatch(/the client was answered: 200\n$/);
  const again = JSON.parse((await runColocal(['replay', ray, '--json'], { env })).out);
  expect(again).toMatchObject({ replay_of: ray.split('-')[0], status: 200 });

  const har = await runColocal(['har', '--pool', 'app'], { env });
  expect(har).toMatchObject({ code: 0, err: '' });
  const { entries } = JSON.parse(har.out).log;
  expect(entries.map(({ request }: { request: { url: string } }) => new URL(request.url).pathname)).toEqual([
    '/path',
    '/path',
    '/path',
  ]);
  expect(har.out).not.toContain('s3cret');
  expect(JSON.parse((await runColocal(['har', '--limit', '1'], { env })).out).log.entries).toHaveLength(1);

  const unknown = await runColocal(['replay', 'ffffffffffffffff'], { env });
  expect(unknown).toMatchObject({ code: 1, out: '', err: expect.stringContaining('is in the journal [EDGE_REFUSED]') });
  expect(await runColocal(['har', '--secrets'], { env })).toMatchObject({
    code: 1,
    err: expect.stringContaining('SECRETS_NEED_TOKEN'),
  });
});
