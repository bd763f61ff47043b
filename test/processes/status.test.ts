import { readFileSync } from 'node:fs';
import { get } from 'node:https';
import { describe, expect, test } from 'vitest';
import { useServer } from '../support/servers.js';
import { ask } from './support/client.js';
import { leavesNothingBehind } from './support/left-behind.js';
import { freePort } from './support/ports.js';
import { runColocal, runShell } from './support/program.js';
import { PROJECT } from './support/project.js';
import { ConfigFile, oneTunnel, startConnector, startEdge, tokenOf } from './support/setup.js';

leavesNothingBehind();

describe('status', () => {
  test('shows what runs and what it did, in 80 columns', async () => {
    const file = new ConfigFile(oneTunnel('hello_world'));
    const edge = await startEdge(file);
    await startConnector(edge.connectors, await tokenOf(file), 'LHR');
    expect(await ask(edge.http, '/path')).toMatchObject({ status: 200 });
    expect(await ask(edge.http, `/${'long/'.repeat(40)}`)).toMatchObject({ status: 200 });
    const { code, out, err } = await runColocal(['status'], { env: { COLOCAL_URL: edge.api } });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
    for (const { name, address } of [
      { name: 'http', address: edge.http },
      { name: 'https', address: edge.https },
      { name: 'connectors', address: edge.connectors },
      { name: 'api', address: edge.api },
    ]) {
      expect(out).toMatch(new RegExp(`^ +${name} +${address}$`, 'm'));
    }
    expect(out).toMatch(/^ {2}app +healthy +1 connector +LHR 2, \w{3} 2/m);
    expect(out).toMatch(/^ {2}app\.example\.com +off +app/m);
    expect(out).toMatch(/ 200 .* GET app\.example\.com\/path$/m);
    expect(out).toMatch(/ 200 .* GET app\.example\.com\/long\/.*…$/m);
  });

  test('says that no edge runs, and where it may be told that one does', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    expect(await runColocal(['status'], { env: { COLOCAL_URL: url } })).toEqual({
      code: 1,
      signal: null,
      out: '',
      err: [
        `colocal: no edge answers at ${url}: connection refused [EDGE_UNREACHABLE]`,
        '  start one with `colocal up`, or say where it is: COLOCAL_URL=http://HOST:PORT (listen.api in colocal.yaml)',
        '',
      ].join('\n'),
    });
  });
});

test.each([[['status']], [['ca']], [['explain', 'http://app.example.com/']], [['explain', '--ray', 'f']]])(
  '%j: something that is not an edge is told in two lines',
  async (args) => {
    for (const body of ['hello', '{"hello":1}']) {
      const { port } = await useServer((_request, response) => response.end(body));
      const env = { COLOCAL_URL: `http://127.0.0.1:${port}` };
      const { code, out, err } = await runColocal(args, { env });
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toMatch(/^colocal: what answers at .* \[(?:NOT_AN_EDGE|EDGE_DIFFERS)\]\n {2}check COLOCAL_URL.*\n$/);
    }
  },
);

describe('explain', () => {
  test('says what would happen, then what did, and refuses what it does not understand', async () => {
    const file = new ConfigFile(oneTunnel('hello_world'));
    const edge = await startEdge(file);
    await startConnector(edge.connectors, await tokenOf(file), 'LHR');
    const env = { COLOCAL_URL: edge.api };
    const url = 'http://app.example.com/path';
    const told = await runColocal(['explain', url, '--colo', 'NRT', '-H', 'X-A: 1', '-H', 'X-A: 2'], { env });
    expect(told).toMatchObject({ code: 0, err: '' });
    expect(told.out).toMatch(/^GET http:\/\/app\.example\.com\/path entering NRT \(NEAS\)/);
    expect(told.out).toMatch(/\n {2}goes to .* through tunnel app/);
    expect(told.out).toMatch(/\n {2}nothing was sent\n$/);
    const json = await runColocal(['explain', url, '--colo', 'NRT', '--json'], { env });
    expect(JSON.parse(json.out)).toMatchObject({ outcome: 'attempt', colo: 'NRT', tunnel: 'app' });

    const reply = await ask(edge.http, '/path', { headers: { 'Colocal-Colo': 'NRT' } });
    const ray = reply.kind === 'answered' ? String(reply.headers['cf-ray']) : '';
    const did = await runColocal(['explain', '--ray', ray], { env });
    expect(did.out).toMatch(/ through tunnel app, [^:]*:\s+answered 200\n {2}the client was answered: 200\n$/);

    const wrong = await runColocal(['explain', url, '--colo', 'NTR'], { env });
    expect(wrong).toMatchObject({ code: 1, err: expect.stringMatching(/colo: .*NTR[\s\S]*NRT/) });
    expect(await runColocal(['explain'], { env })).toMatchObject({ code: 1 });
    expect(await runColocal(['explain', url, '-H', 'nonsense'], { env })).toMatchObject({ code: 2 });
  });
});

test('the authority that `ca` prints verifies the edge, to Node and to curl', async () => {
  const file = new ConfigFile(oneTunnel('hello_world'));
  const edge = await startEdge(file);
  await startConnector(edge.connectors, await tokenOf(file));
  const { out: ca } = await runColocal(['ca'], { env: { COLOCAL_URL: edge.api } });
  expect(ca).toMatch(/^-----BEGIN CERTIFICATE-----\n[\s\S]*\n-----END CERTIFICATE-----\n$/);

  const { port } = new URL(edge.https);
  const status = await new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port,
      ca,
      servername: 'app.example.com',
      headers: { host: 'app.example.com' },
    };
    get({ ...options, agent: false }, (response) => resolve(response.resume().statusCode)).on('error', reject);
  });
  expect(status).toBe(200);

  file.saveBeside('ca.pem', ca);
  const url = `https://app.example.com:${port}/`;
  const curl = `curl -sS -o answer -w '%{http_code} %{http_version}' --resolve app.example.com:${port}:127.0.0.1`;
  expect(await runShell(`${curl} --cacert ca.pem ${url}`, { cwd: file.folder })).toMatchObject({
    code: 0,
    out: '200 2',
  });
  expect(await runShell(`${curl} ${url}`, { cwd: file.folder })).toMatchObject({ code: 60 });
});

describe('token', () => {
  test('is one line, which holds account, tunnel and secret', async () => {
    const { code, out, err } = await runColocal(['token', 'app', '-c', new ConfigFile(oneTunnel('hello_world')).path]);
    expect({ code, err, lines: out.split('\n').length }).toEqual({ code: 0, err: '', lines: 2 });
    expect(JSON.parse(Buffer.from(out, 'base64').toString())).toEqual({
      a: expect.stringMatching(/^[0-9a-f]{32}$/),
      t: expect.stringMatching(/^[0-9a-f-]{36}$/),
      s: 'c2VjcmV0IG9mIHRoZSBwcm9jZXNzIHRlc3RzLCBubyBvdGhlcg==',
    });
  });

  test('of a tunnel that is not there: says which are', async () => {
    const file = new ConfigFile(oneTunnel('hello_world'));
    expect(await runColocal(['token', 'ap', '--config', file.path])).toMatchObject({
      code: 1,
      out: '',
      err: 'colocal: the configuration has no tunnel "ap" [TUNNEL_UNKNOWN]\n  name one of: app\n',
    });
  });
});

describe('the command', () => {
  test('lists its commands in 80 columns, and its version', async () => {
    const { code, out, err } = await runColocal(['--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
    const { version } = JSON.parse(readFileSync(`${PROJECT}/package.json`, 'utf8')) as { version: string };
    expect(await runColocal(['--version'])).toMatchObject({ code: 0, out: `${version}\n` });
  });

  test.each([
    [['up', '--sead', '7'], "error: unknown option '--sead'"],
    [['up', 'my.yaml'], 'error: the file is an option: colocal up --config my.yaml'],
    [['upp'], "error: unknown command 'upp'"],
  ])('%j is wrong usage: exit code 2, without a stack', async (args, message) => {
    const { code, out, err } = await runColocal(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
    expect(err).not.toMatch(/^ +at /m);
  });
});
