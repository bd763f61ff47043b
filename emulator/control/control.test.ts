import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createClock } from '../../runtime/clock.js';
import { ManualDeadlines } from '../../runtime/deadlines.js';
import type { Explanation } from '../observe/explanation.types.js';
import { traced } from '../observe/journal.fixture.js';
import type { RequestTrace } from '../observe/journal.types.js';
import { connection, type Fixture, OSAKA, startControl, TOKEN, TOKYO, TUNNEL_SECRET } from './control.fixture.js';
import type { ExplainQuestion } from './control.types.js';
import { traceOf } from './request-trace.js';

let edge: Fixture;
beforeEach(async () => {
  edge = await startControl();
});
afterEach(() => edge.control.close());

const TRACE = traced({
  ray: '7d0c5a3e9b1f2a64',
  startedAt: 1_000,
  endedAt: 1_020,
  loadBalancer: 'app.example.com',
  status: 200,
  responseBytes: 12,
  attempts: [
    {
      endpoint: 'tokyo-a',
      address: '127.0.0.1',
      egress: 'KIX',
      status: 200,
      legs: [{ from: 'NRT', to: 'KIX', roundTripMs: 9 }],
    },
  ],
  reasons: [{ step: 'pool', subject: 'japan', outcome: 'chosen', detail: 'the first enabled pool' }],
  outcome: 'complete',
});

describe('explain', () => {
  const EXPLANATION: Explanation = {
    outcome: 'attempt',
    dataCenter: 'NRT',
    region: 'NEAS',
    clientIp: '203.0.113.7',
    method: 'GET',
    scheme: 'http',
    host: 'app.example.com',
    path: '/',
    httpVersion: '1.1',
    loadBalancer: 'app.example.com',
    pool: 'japan',
    endpoint: 'tokyo-a',
    fallback: false,
    attempts: [
      { pool: 'japan', endpoint: 'tokyo-a', address: 'x', tunnel: 'tokyo', connector: 'c', egress: 'KIX', legs: [] },
    ],
    reasons: TRACE.reasons,
    session: { kind: 'cookie', detail: 'a cookie' },
  };

  test('hands the question on with the address of whoever asks, and answers as data and as text', async () => {
    const asked: ExplainQuestion[] = [];
    const explain = (question: ExplainQuestion) => {
      asked.push(question);
      return EXPLANATION;
    };
    await using other = await startControl({ explain });
    const question = { url: 'http://app.example.com/', headers: { a: ['1', '2'] }, colo: 'NRT', http_version: '1.0' };
    const answer = await other.ask('POST', '/colocal/v1/explain', { body: JSON.stringify(question) });
    expect(answer.status).toBe(200);
    expect(asked).toEqual([{ ...question, remoteAddress: '127.0.0.1', remotePort: expect.any(Number) }]);
    expect(answer.json).toMatchObject({
      outcome: 'attempt',
      url: 'http://app.example.com/',
      colo: 'NRT',
      load_balancer: 'app.example.com',
      pool: 'japan',
      endpoint: 'tokyo-a',
      tunnel: 'tokyo',
      connector: 'c',
      egress: 'KIX',
      session: { kind: 'cookie' },
    });
    expect(answer.json.reasons).toEqual(TRACE.reasons);
    expect(answer.json.text).toMatch(/^GET http:\/\/app\.example\.com\/ entering NRT/);
  });

  test('refuses what is no question by its field', async () => {
    for (const [body, field] of [
      ['{}', /url/],
      ['{"url":1}', /url/],
      ['{"url":"http://a/","http_version":"3"}', /http_version/],
      ['{"url":"http://a/","headers":{"a":1}}', /headers/],
      ['{"url":"http://a/","failover":"yes"}', /failover/],
    ] as const) {
      const answer = await edge.ask('POST', '/colocal/v1/explain', { body });
      expect(answer.status).toBe(400);
      expect(answer.json.error).toMatchObject({ code: 'INVALID_REQUEST', message: expect.stringMatching(field) });
    }
  });
});

describe('ready', () => {
  test('is 503 with what is missing, then 200', async () => {
    edge.live.missing.push('the configuration is not applied yet');
    const before = await edge.ask('GET', '/colocal/v1/ready');
    expect(before.status).toBe(503);
    expect(before.json).toEqual({ ready: false, missing: ['the configuration is not applied yet'] });
    edge.live.missing.pop();
    const after = await edge.ask('GET', '/colocal/v1/ready');
    expect(after.status).toBe(200);
    expect(after.json).toEqual({ ready: true, missing: [] });
  });

  test('with for=tunnels also names each tunnel that nothing serves', async () => {
    edge.live.connections.push(connection(TOKYO), connection(OSAKA, false));
    expect((await edge.ask('GET', '/colocal/v1/ready')).status).toBe(200);
    const waiting = await edge.ask('GET', '/colocal/v1/ready?for=tunnels');
    expect(waiting.status).toBe(503);
    expect(waiting.json.missing).toEqual(['tunnel osaka: no connector is connected']);
    edge.live.connections.push(connection(OSAKA));
    expect((await edge.ask('GET', '/colocal/v1/ready?for=tunnels')).status).toBe(200);
  });

  test('with for=health also names each endpoint whose monitor has no result', async () => {
    edge.live.waiting.push('endpoint tokyo-a of pool japan: monitor web has no result yet');
    expect((await edge.ask('GET', '/colocal/v1/ready?for=tunnels')).json.missing).not.toContain(edge.live.waiting[0]);
    const waiting = await edge.ask('GET', '/colocal/v1/ready?for=health');
    expect([waiting.status, waiting.json.missing]).toEqual([503, edge.live.waiting]);
    edge.live.waiting.pop();
    expect((await edge.ask('GET', '/colocal/v1/ready?for=health')).status).toBe(200);
  });

  test('says what for= accepts', async () => {
    const answer = await edge.ask('GET', '/colocal/v1/ready?for=tunnles');
    expect(answer.status).toBe(400);
    expect(answer.json.error.message).toContain('allowed are tunnels');
  });

  test('answers the same once the rest of the API is loaded', async () => {
    await edge.control.warm();
    edge.live.missing.push('x');
    for (const method of ['GET', 'HEAD']) {
      expect((await edge.ask(method, '/colocal/v1/ready')).status).toBe(503);
    }
  });
});

describe('state', () => {
  test('shows tunnels with their connections and everything by name', async () => {
    edge.live.connections.push(connection(TOKYO));
    const { status, json } = await edge.ask('GET', '/colocal/v1/state');
    expect(status).toBe(200);
    expect(json.revision).toBe(7);
    expect(json.data_centers).toEqual([
      { code: 'NRT', default: true, running: true, connections: 0 },
      { code: 'KIX', default: false, running: true, connections: 1 },
    ]);
    expect(json.faults).toEqual([]);
    expect(json.load_balancers).toMatchObject([
      { name: 'app.example.com', zone: 'example.com', default_pools: ['japan'] },
    ]);
    expect(json.pools[0].endpoints).toMatchObject([{ name: 'tokyo-a', tunnel: 'tokyo', host: 'app.example.com' }]);
    expect(json.routes).toMatchObject([{ network: '10.128.0.0/16', virtual_network: 'default', tunnel: 'osaka' }]);
    expect(json.tunnels[0]).toMatchObject({
      name: 'tokyo',
      status: 'degraded',
      conns_active_at: '2026-01-01T00:00:00.000Z',
      conns_inactive_at: null,
      config_version: 3,
      ingress: [{ service: 'http://127.0.0.1:9001' }],
      connections: [
        {
          connector_id: 'connector-1',
          index: 2,
          data_center: 'KIX',
          opened_at: '2026-01-01T00:00:00.000Z',
          version: '0.1.0',
          in_flight: 4,
          accepting: true,
        },
      ],
    });
    expect(json.tunnels[1]).toMatchObject({
      name: 'osaka',
      status: 'inactive',
      conns_active_at: null,
      conns_inactive_at: '1970-01-01T00:00:00.000Z',
      connections: [],
      networks: ['10.128.0.0/16'],
    });
  });

  test('shows what is broken on purpose', async () => {
    const match = { data_center: 'KIX' };
    const common = { match, probability: 1, starts: '0s', managed_by: 'api', type: 'data_center_down' } as const;
    edge.live.down = 'KIX';
    edge.live.faults = [
      { ...common, name: 'now', enabled: true, state: 'active' },
      { ...common, name: 'over', enabled: true, state: 'ended' },
      { ...common, name: 'off', enabled: false, state: 'disabled' },
    ];
    const { json } = await edge.ask('GET', '/colocal/v1/state');
    expect(json.data_centers).toMatchObject([
      { code: 'NRT', running: true },
      { code: 'KIX', running: false },
    ]);
    expect(json.faults).toEqual([
      { name: 'now', type: 'data_center_down', match, enabled: true, active: true },
      { name: 'over', type: 'data_center_down', match, enabled: true, active: false },
      { name: 'off', type: 'data_center_down', match, enabled: false, active: false },
    ]);
  });

  test('never tells a secret', async () => {
    const { text } = await edge.ask('GET', '/colocal/v1/state');
    expect(text).not.toContain(TOKEN);
    expect(text).not.toContain(TUNNEL_SECRET);
  });
});

describe('clock', () => {
  test('is advanced by a span and tells what ran', async () => {
    const deadlines = new ManualDeadlines();
    const clock = createClock({ mode: 'manual', start: 0, deadlines });
    await using own = await startControl({ clock });
    clock.schedule(60_000, 'a probe', () => undefined);
    const answer = await own.ask('POST', '/colocal/v1/clock/advance', { body: '{"by":"10m"}' });
    expect(answer.json).toEqual({
      from: '1970-01-01T00:00:00.000Z',
      to: '1970-01-01T00:10:00.000Z',
      ran: [{ at: '1970-01-01T00:01:00.000Z', what: 'a probe' }],
      ran_count: 1,
      settled: true,
    });
    expect((await own.ask('GET', '/colocal/v1/clock')).json).toEqual({
      mode: 'manual',
      now: '1970-01-01T00:10:00.000Z',
    });
  });

  test.each(['{"by":"soon"}', '{"by":"32d"}', '{"by":7}', '{}', '', '{"by":"1m","but":1}', 'by=10m', '[]'])(
    'refuses %s with what is allowed',
    async (body) => {
      const answer = await edge.ask('POST', '/colocal/v1/clock/advance', { body });
      expect(answer.status).toBe(400);
      expect(answer.json.error).toEqual({
        code: expect.stringMatching(/^(SPAN_INVALID|INVALID_REQUEST)$/),
        message: expect.any(String),
        fix: expect.any(String),
      });
    },
  );

  test('says that a running clock cannot be advanced', async () => {
    const clock = createClock({ mode: 'real', deadlines: new ManualDeadlines() });
    await using own = await startControl({ clock });
    const answer = await own.ask('POST', '/colocal/v1/clock/advance', {
      body: '{"by":"1s"}',
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.status).toBe(409);
    expect(answer.json.error.fix).toContain('clock.mode: manual');
  });
});

describe('requests', () => {
  test('are listed newest first, and found whole by ray', async () => {
    edge.journal.record(TRACE);
    edge.journal.record({ ...TRACE, ray: '0000000000000001' });
    const list = await edge.ask('GET', '/colocal/v1/requests?limit=1');
    expect(list.json.requests.map((entry: RequestTrace) => entry.ray)).toEqual(['0000000000000001']);
    for (const ray of [TRACE.ray, `${TRACE.ray}-NRT`]) {
      const { json } = await edge.ask('GET', `/colocal/v1/requests/${ray}`);
      expect(json).toMatchObject({
        data_center: TRACE.dataCenter,
        started_at: new Date(TRACE.startedAt).toISOString(),
      });
      expect(traceOf(json)).toEqual(TRACE);
    }
  });

  test('are filtered: the latest that fit, up to the limit', async () => {
    const raysOf = async (query: string): Promise<string[]> =>
      (await edge.ask('GET', `/colocal/v1/requests?${query}`)).json.requests.map((each: RequestTrace) => each.ray);
    edge.journal.record(TRACE);
    edge.journal.record({ ...TRACE, ray: '0000000000000001', status: 502 });
    edge.journal.record({ ...TRACE, ray: '0000000000000002', status: 503 });
    edge.journal.record({ ...TRACE, ray: '0000000000000003', host: 'other.example.com' });
    expect(await raysOf('status=5xx')).toEqual(['0000000000000002', '0000000000000001']);
    expect(await raysOf('status=5xx&limit=1')).toEqual(['0000000000000002']);
    expect(await raysOf('host=other.example.com&endpoint=tokyo-a')).toEqual(['0000000000000003']);
    expect(await raysOf('fault=any')).toEqual([]);
  });

  test.each([
    ['status=abc', 'status must be a status such as 503, or a hundred of them such as 5xx; it is "abc"'],
    ['host=', 'host must not be empty'],
    ['colour=red', 'the request may not have the key colour'],
  ])('no filter is %s', async (query, message) => {
    const answer = await edge.ask('GET', `/colocal/v1/requests?${query}`);
    expect(answer).toMatchObject({ status: 400, json: { error: { code: 'INVALID_REQUEST', message } } });
  });

  test('show what was recorded, one by one, and its secrets only to who has the token', async () => {
    const body = { kept: Buffer.from('hello'), whole: true };
    const request = { headers: ['Cookie', 'a=s3cret', 'Accept', '*/*'], body };
    const response = { headers: ['Set-Cookie', 'b=s3cret'], body: { kept: Buffer.from([0xff]), whole: false } };
    edge.journal.record({ ...TRACE, recorded: { authority: 'app.example.com:80', request, response } });
    const path = `/colocal/v1/requests/${TRACE.ray}`;
    expect((await edge.ask('GET', path)).json.recorded).toEqual({
      authority: 'app.example.com:80',
      request: {
        headers: [
          { name: 'Cookie', value: '[hidden]' },
          { name: 'Accept', value: '*/*' },
        ],
        body: { text: 'hello', whole: true },
      },
      response: {
        headers: [{ name: 'Set-Cookie', value: '[hidden]' }],
        body: { text: '/w==', encoding: 'base64', whole: false },
      },
    });
    expect((await edge.ask('GET', '/colocal/v1/requests')).json.requests[0].recorded).toBeUndefined();
    for (const each of [path, '/colocal/v1/requests.har']) {
      const asked = (token?: string) =>
        edge.ask('GET', `${each}?secrets=true`, { headers: token ? { authorization: `Bearer ${token}` } : {} });
      expect((await asked()).text).not.toContain('s3cret');
      expect((await asked(TOKEN)).text).toContain('s3cret');
      expect(await asked('wrong')).toMatchObject({ status: 401, json: { error: { code: 'TOKEN_WRONG' } } });
    }
  });

  test('are exported as an HTTP Archive, filtered in the same way', async () => {
    edge.journal.record(TRACE);
    edge.journal.record({ ...TRACE, ray: '0000000000000001', status: 502 });
    const { headers, json } = await edge.ask('GET', '/colocal/v1/requests.har?status=5xx');
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(json.log.version).toBe('1.2');
    expect(json.log.creator).toEqual({ name: 'colocal', version: '0.1.0' });
    expect(json.log.entries).toMatchObject([{ response: { status: 502 }, _colocal: { ray: '0000000000000001' } }]);
    expect((await edge.ask('GET', '/colocal/v1/requests.har?stat=5xx')).status).toBe(400);
  });

  test('that are unknown, and limits out of bounds, are refused', async () => {
    const unknown = await edge.ask('GET', '/colocal/v1/requests/ffffffffffffffff');
    expect(unknown.status).toBe(404);
    expect(unknown.json.error.code).toBe('RAY_UNKNOWN');
    for (const [limit, message] of [
      ['-1', 'limit must be at least 1; it is -1'],
      ['1001', 'limit must be at most 1000; it is 1001'],
      ['1.5', 'limit must be an integer; it is 1.5'],
      ['many', 'limit must be a number; it is "many"'],
    ]) {
      const answer = await edge.ask('GET', `/colocal/v1/requests?limit=${limit}`);
      expect(answer).toMatchObject({ status: 400, json: { error: { code: 'INVALID_REQUEST', message } } });
    }
  });
});

describe('the rest', () => {
  test('reset goes to the edge', async () => {
    expect((await edge.ask('POST', '/colocal/v1/reset')).json).toEqual({ revision: 7 });
    expect(edge.live.resets).toBe(1);
  });

  test('the authority and the counters are text', async () => {
    const ca = await edge.ask('GET', '/colocal/v1/ca');
    expect([ca.headers['content-type'], ca.text]).toEqual([
      'application/x-pem-file',
      '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
    ]);
    const metrics = await edge.ask('GET', '/metrics');
    expect(metrics.headers['content-type']).toContain('text/plain; version=0.0.4');
    expect(metrics.text).toContain('colocal_requests_in_flight 0');
  });

  test('the description has every path that / lists', async () => {
    const index = await edge.ask('GET', '/');
    expect(index.json.listeners).toEqual([{ name: 'traffic http', address: 'http://127.0.0.1:8080' }]);
    const described = await edge.ask('GET', '/colocal/v1/openapi.json');
    expect(described.json.openapi).toBe('3.1.0');
    const paths = Object.entries<object>(described.json.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const listed: string[] = index.json.contents.map((entry: { path: string }) => entry.path);
    expect(paths.sort()).toEqual([...listed, 'GET /'].sort());
    expect(described.json.paths['/colocal/v1/clock/advance'].post.requestBody).toBeDefined();
  });

  test('what is not there is a 404 that says where to look', async () => {
    const answer = await edge.ask('GET', '/nowhere?x=1');
    expect(answer.status).toBe(404);
    expect(answer.json.error).toEqual({
      code: 'NOT_FOUND',
      message: 'there is no GET /nowhere',
      fix: 'GET / lists what is there',
    });
  });

  test('a failure inside is a 500 that tells nothing of it, and is logged', async () => {
    const logged: unknown[] = [];
    await using own = await startControl({
      reset: () => Promise.reject(new Error('disk on fire')),
      log: { error: (fields) => logged.push(fields.err) },
    });
    const answer = await own.ask('POST', '/colocal/v1/reset');
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('fire');
    expect(String(logged[0])).toContain('disk on fire');
  });

  test('a body over 1 MiB is refused', async () => {
    const answer = await edge.ask('POST', '/colocal/v1/clock/advance', {
      body: `{"by":"${'1'.repeat(1024 * 1024)}m"}`,
    });
    expect(answer.status).toBe(413);
    expect(answer.json.error.fix).toBeDefined();
  });

  test('the gate stands before everything', async () => {
    for (const path of ['/colocal/v1/ready', '/', '/metrics']) {
      expect((await edge.ask('GET', path, { headers: { host: 'evil.example' } })).status).toBe(403);
      expect((await edge.ask('GET', path, { headers: { origin: 'https://evil.example' } })).status).toBe(403);
    }
  });
});

describe('closing', () => {
  test.each([
    ['never sent anything', ''],
    ['has begun a request', 'GET /colo'],
    ['had a request', 'GET /colocal/v1/ready HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ])('does not wait for a client that %s', async (_, sent) => {
    const socket = connect(edge.address.port, '127.0.0.1');
    await once(socket, 'connect');
    if (sent !== '') socket.write(sent);
    if (sent.includes('\r\n')) await once(socket, 'data');
    // Answered behind it: by now the server has taken the other one, and read what it sent.
    await edge.ask('GET', '/colocal/v1/ready');
    const closed = once(socket.resume(), 'close');
    // No deadline passes in this test, so that this would never end.
    await edge.control.close();
    await closed;
  });

  test('lets a request in progress finish, and then ends its connection', async () => {
    let begun: () => void = () => undefined;
    let finish: () => void = () => undefined;
    const resetting = new Promise<void>((resolve) => {
      begun = resolve;
    });
    await using own = await startControl({
      reset: () => {
        begun();
        return new Promise<void>((resolve) => {
          finish = resolve;
        });
      },
    });
    const socket = connect(own.address.port, '127.0.0.1').setEncoding('utf8');
    let text = '';
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    const ended = once(socket, 'close');
    socket.write('POST /colocal/v1/reset HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n');
    await resetting;
    const idle = connect(own.address.port, '127.0.0.1').resume();
    await once(idle, 'connect');
    const closed = own.control.close();
    // By then it has looked at every connection.
    await once(idle, 'close');
    finish();
    await Promise.all([closed, ended]);
    expect(text).toMatch(/^HTTP\/1\.1 20/);
  });
});

test('a connection that could not be taken is logged, and the listener goes on', async () => {
  const logged: unknown[] = [];
  await using own = await startControl({ log: { error: (fields) => logged.push(fields.err) } });
  let server: Server | undefined;
  const seen = (message: unknown): void => {
    server = (message as { readonly server: Server }).server;
  };
  subscribe('http.server.request.start', seen);
  await own.ask('GET', '/colocal/v1/ready');
  unsubscribe('http.server.request.start', seen);
  const failure = Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' });
  server?.emit('error', failure);
  expect(logged).toEqual([failure]);
  expect((await own.ask('GET', '/colocal/v1/ready')).status).toBe(200);
});

test('a listener that cannot open rejects, and closing goes on to work', async () => {
  const again = edge.control.listen('127.0.0.1', edge.address.port);
  await expect(again).rejects.toMatchObject({ code: 'EADDRINUSE' });
  expect((await edge.ask('GET', '/colocal/v1/ready')).status).toBe(200);
});
