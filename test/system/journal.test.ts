import { describe, expect, test } from 'vitest';
import { sentEvents } from '../../emulator/commands/sent-events.js';
import { traceOf } from '../../emulator/control/request-trace.js';
import type { ConfigInput, Emulator } from '../../emulator/index.js';
import { requestLine } from '../../emulator/observe/request-line.js';
import { answered, ask, open, whole } from '../support/client.js';
import { address, hostOf, useEmulator, usePaths } from '../support/emulator.js';
import { socks } from '../support/on-ramp.js';
import { closedPort, useServer } from '../support/servers.js';

interface Got {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** An origin that remembers what it got, and answers with the body that it got. */
async function useMemory(): Promise<{ readonly port: number; readonly got: Got[] }> {
  const got: Got[] = [];
  const { port } = await useServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = String(Buffer.concat(chunks));
    got.push({ method: request.method, url: request.url, headers: request.headers, body });
    response.setHeader('Set-Cookie', 'session=s3cret');
    response.end(`you sent ${body}`);
  });
  return { port, got };
}

const RECORD: ConfigInput['settings'] = { record: { headers: true, bodies: 1_000 } };
const rayOf = (reply: { readonly headers: NodeJS.Dict<string | string[]> }): string => String(reply.headers['cf-ray']);

interface Answered {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  readonly json: any;
}

/** What the control API answers. */
async function control(emu: Emulator, path: string, method = 'GET'): Promise<Answered> {
  const response = await fetch(`${address(emu, 'apiUrl')}/colocal/v1/${path}`, { method });
  return { status: response.status, json: JSON.parse(await response.text()) };
}

describe('replay', () => {
  test('sends method, path, headers and body again from the same place, as a new request', async () => {
    const { port, got } = await useMemory();
    const emu = await usePaths({ port, settings: RECORD });
    const reply = await ask(
      address(emu, 'url'),
      hostOf('tunnel'),
      {
        method: 'POST',
        path: '/orders?id=7',
        headers: {
          'Content-Type': 'text/plain',
          Cookie: 'who=me',
          'Colocal-Colo': 'SYD',
          'Colocal-Country': 'NZ',
          'Colocal-Client-IP': '203.0.113.9',
        },
      },
      'two of them',
    );
    const ray = rayOf(reply);
    const { status, json } = await control(emu, `requests/${ray}/replay`, 'POST');
    expect(status).toBe(200);
    expect(json).toMatchObject({
      replay_of: ray.split('-')[0],
      data_center: 'SYD',
      country: 'NZ',
      client_ip: '203.0.113.9',
      status: 200,
      request_bytes: 11,
      outcome: 'complete',
    });
    expect(json.ray).not.toBe(json.replay_of);
    expect(json.reasons[0].detail).toBe(`a replay of ${json.replay_of} enters at SYD`);
    expect(emu.requests.find(json.ray)).toMatchObject({ replayOf: json.replay_of, pool: 'tunnel' });

    const [first, second] = got;
    expect(second).toMatchObject({ method: 'POST', url: '/orders?id=7', body: 'two of them' });
    const { 'cf-ray': firstRay, ...headers } = first?.headers ?? {};
    const { 'cf-ray': secondRay, ...sentAgain } = second?.headers ?? {};
    expect(sentAgain).toEqual(headers);
    expect([firstRay, secondRay]).toEqual([ray, `${json.ray}-SYD`]);
  });

  test('a request that failed is answered once what was broken is healed', async () => {
    const { port } = await useMemory();
    const emu = await usePaths({ port, settings: RECORD });
    await emu.faults.add({ name: 'broken', type: 'origin_refuse', match: { pool: 'public' } });
    const failed = await emu.fetch(`http://${hostOf('public')}/`);
    expect(failed.status).toBe(521);
    expect(emu.requests.list({ fault: 'broken' })).toHaveLength(1);
    await emu.faults.remove('broken');
    const again = await emu.requests.replay(String(failed.headers.get('cf-ray')));
    expect(again).toMatchObject({ status: 200, replayOf: emu.requests.list({ fault: 'any' })[0]?.ray });
  });

  test('without a recording, what has no body goes without its headers, and what has one is refused', async () => {
    const { port, got } = await useMemory();
    const emu = await usePaths({ port });
    const url = address(emu, 'url');
    const plain = await ask(url, hostOf('public'), { headers: { 'X-Mine': '1' } });
    const again = await emu.requests.replay(rayOf(plain));
    expect(again.reasons[0]?.detail).toContain('without its headers, which were not recorded');
    expect(got.map(({ headers }) => headers['x-mine'])).toEqual(['1', undefined]);
    expect(got.map(({ headers }) => headers.host)).toEqual([hostOf('public'), hostOf('public')]);

    const posted = await ask(url, hostOf('public'), { method: 'POST' }, 'hello');
    await expect(emu.requests.replay(rayOf(posted))).rejects.toMatchObject({
      code: 'NOT_REPLAYABLE',
      message: `the request ${rayOf(posted)} cannot be sent again: its body was not recorded`,
      fix: expect.stringContaining('settings.record.bodies'),
    });
    expect(got).toHaveLength(3);
  });

  test('a body that was not recorded whole is not sent', async () => {
    const { port, got } = await useMemory();
    const emu = await usePaths({ port, settings: { record: { bodies: 4 } } });
    const posted = await ask(address(emu, 'url'), hostOf('public'), { method: 'POST' }, 'hello');
    // What is recorded is less than what passed.
    expect(posted.body).toBe('you sent hello');
    const { status, json } = await control(emu, `requests/${rayOf(posted)}/replay`, 'POST');
    expect(status).toBe(409);
    expect(json.error).toMatchObject({
      code: 'NOT_REPLAYABLE',
      message: expect.stringContaining('its body was not recorded whole, but 4 bytes of it'),
    });
    expect(got).toHaveLength(1);
  });

  test('what is not in the journal, or is no request, is refused', async () => {
    const { port } = await useMemory();
    const emu = await usePaths({ port });
    expect(await control(emu, 'requests/ffffffffffffffff/replay', 'POST')).toMatchObject({
      status: 404,
      json: { error: { code: 'RAY_UNKNOWN' } },
    });
    const malformed = await ask(address(emu, 'url'), 'no host at all', {});
    expect(malformed.status).toBe(400);
    await expect(emu.requests.replay(rayOf(malformed))).rejects.toMatchObject({
      message: expect.stringContaining('it was not well formed'),
    });
    await expect(emu.requests.replay(7 as unknown as string)).rejects.toMatchObject({ code: 'BAD_OPTION' });
  });

  test('whoever does not wait for it takes the request along', async () => {
    let requests = 0;
    let arrived: () => void = () => undefined;
    let left: () => void = () => undefined;
    const arriving = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const leaving = new Promise<void>((resolve) => {
      left = resolve;
    });
    const { port } = await useServer((_request, response) => {
      if (++requests === 1) {
        response.end();
        return;
      }
      arrived();
      response.once('close', left);
    });
    const emu = await usePaths({ port });
    const first = await ask(address(emu, 'url'), hostOf('public'));
    const stop = new AbortController();
    const path = `${address(emu, 'apiUrl')}/colocal/v1/requests/${rayOf(first)}/replay`;
    const replaying = fetch(path, { method: 'POST', signal: stop.signal }).catch(() => 'given up');
    await arriving;
    stop.abort();
    expect(await replaying).toBe('given up');
    await leaving;
  });
});

describe('recording', () => {
  test('shows what passed, whole or its beginning, and hides secrets', async () => {
    const { port } = await useMemory();
    const emu = await usePaths({ port, settings: { record: { bodies: 12 } } });
    const headers = { Authorization: 'Bearer s3cret' };
    const reply = await ask(address(emu, 'url'), hostOf('private'), { method: 'PUT', headers }, 'hello');
    const { json } = await control(emu, `requests/${rayOf(reply)}`);
    expect(json.recorded.request.body).toEqual({ text: 'hello', whole: true });
    expect(json.recorded.response.body).toEqual({ text: 'you sent hel', whole: false });
    expect(json.recorded.request.headers).toContainEqual({ name: 'Authorization', value: '[hidden]' });
    expect(JSON.stringify(json)).not.toContain('s3cret');
    // A test in the same process sees all of it.
    expect(emu.requests.find(json.ray)?.recorded?.request.headers).toContain('Bearer s3cret');

    const har = await control(emu, `requests.har?host=${hostOf('private')}`);
    expect(har.json.log.entries).toMatchObject([
      {
        request: { method: 'PUT', postData: { text: 'hello' } },
        response: { status: 200, content: { text: 'you sent hel' }, cookies: [{ name: 'session', value: '[hidden]' }] },
        _colocal: { pool: 'private', endpoint: 'by-private-ip', tunnel: 'gateway' },
      },
    ]);
  });

  test('a response is streamed as if nothing were recorded', async () => {
    let finish: () => void = () => undefined;
    const { port } = await useServer((_request, response) => {
      response.write('first');
      finish = () => response.end('x'.repeat(500_000));
    });
    const emu = await usePaths({ port, settings: RECORD });
    const request = open(address(emu, 'url'), hostOf('tunnel'));
    request.end();
    const response = await answered(request);
    const [beginning] = await new Promise<Buffer[]>((resolve) => response.once('data', (chunk) => resolve([chunk])));
    expect(String(beginning)).toBe('first');
    finish();
    expect((await whole(response)).body).toHaveLength(500_000);
    const [trace] = emu.requests.list({ tunnel: 'app', limit: 1 });
    expect(trace?.recorded?.response?.body).toMatchObject({ whole: false, kept: { length: 1_000 } });
  });

  test('is off by default, and follows the setting while the edge runs', async () => {
    const { port } = await useMemory();
    const emu = await usePaths({ port });
    await ask(address(emu, 'url'), hostOf('public'));
    expect(emu.requests.list(1)[0]?.recorded).toBeUndefined();
    emu.state.transact('api', (draft) => {
      draft.assign({ settings: { ...draft.read().settings, record: { headers: true, bodies: 0 } } });
    });
    await ask(address(emu, 'url'), hostOf('public'));
    expect(emu.requests.list(1)[0]?.recorded?.request.headers).toContain('host');
  });
});

test('requests are found by what became of them', async () => {
  const port = await closedPort();
  const emu = await useEmulator({
    config: {
      zones: [
        {
          name: 'example.com',
          load_balancers: [{ name: 'app.example.com', proxied: true, default_pools: ['broken'] }],
        },
      ],
      pools: [{ name: 'broken', origins: [{ name: 'nobody', address: '127.0.0.1', port }] }],
    },
  });
  await emu.fetch('http://app.example.com/');
  await emu.fetch('http://unknown.example.com/');
  const hostsOf = (wanted: Parameters<Emulator['requests']['list']>[0]): string[] =>
    emu.requests.list(wanted).map(({ host }) => host);
  expect(hostsOf({ pool: 'broken' })).toEqual(['app.example.com']);
  expect(hostsOf({ endpoint: 'nobody', status: '5xx' })).toEqual(['app.example.com']);
  expect(hostsOf({ status: 409 })).toEqual(['unknown.example.com']);
  expect(hostsOf({ limit: 1 })).toEqual(['unknown.example.com']);
  expect(() => emu.requests.list({ pol: 'broken' } as object)).toThrow('did you mean "pool"?');
});

test('the stream tells of requests as they end, and of a connection into a private network once it stands', async () => {
  const { port } = await useMemory();
  const emu = await usePaths({ port });
  const left = new AbortController();
  const response = await fetch(`${address(emu, 'apiUrl')}/colocal/v1/requests/stream?tunnel=gateway`, {
    signal: left.signal,
  });
  if (!response.body) throw new Error('there is no stream');
  const events = sentEvents(response.body);
  const next = async (): Promise<string> => {
    for (;;) {
      const { value } = await events.next();
      if (value) return requestLine(traceOf(JSON.parse(value.data)));
    }
  };
  await emu.fetch(`http://${hostOf('public')}/`);
  await emu.fetch(`http://${hostOf('private')}/asked`);
  const { reply } = await socks(address(emu, 'onRampUrl'), { host: '10.1.2.3', port, user: '+lab', password: 'x' });
  expect(reply).toBe(0);
  expect(await next()).toMatch(
    / GET http:\/\/private\.example\.com\/asked 200 private\/by-private-ip via gateway\/\w{8}@\w{3} {2}pool private: chosen/,
  );
  expect(await next()).toMatch(/ CONNECT tcp:\/\/10\.1\.2\.3:\d+ 200 \S+ via gateway\/\w{8}@\w{3} {2}\w+ \S+: chosen/);
  left.abort();
});
