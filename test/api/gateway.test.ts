import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ACCOUNT_ID, API_TOKEN, type ApiUnderTest, account, useApi, ZONE_ID } from '../support/api.js';
import { answered, ask, dial, open, whole } from '../support/client.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const AUTHORIZED = { authorization: `Bearer ${API_TOKEN}` };
const POOLS = `/accounts/${ACCOUNT_ID}/load_balancers/pools`;
const pool = { name: 'tokyo', origins: [{ name: 'a', address: '192.0.2.1' }] };

interface Sent {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

/** A request whose path is sent as it is written here. */
async function send({ emu }: ApiUnderTest, path: string, { method = 'GET', headers = AUTHORIZED, body }: Sent = {}) {
  const reply = await ask(emu.apiUrl ?? '', 'localhost', { method, path, headers }, body);
  const envelope = reply.body === '' ? undefined : JSON.parse(reply.body);
  return {
    status: reply.status,
    type: reply.headers['content-type'],
    code: envelope?.errors[0]?.code,
    envelope,
    reply,
  };
}

describe('credentials', () => {
  const accepted: readonly [string, Record<string, string>][] = [
    ['a bearer token', AUTHORIZED],
    ['a bearer token, in any case', { authorization: `bearer  ${API_TOKEN}` }],
    ['the global key with an email', { 'x-auth-email': 'me@example.com', 'x-auth-key': API_TOKEN }],
    ['the user service key', { 'x-auth-user-service-key': API_TOKEN }],
  ];
  test.each(accepted)('are accepted as %s', async (_what, headers) => {
    expect((await send(await useApi(), '/client/v4/accounts', { headers })).status).toBe(200);
  });

  const other = 'x'.repeat(40);
  const refused: readonly [string, Record<string, string>, number, number, number?][] = [
    ['none', {}, 400, 9106],
    ['an empty header', { authorization: '' }, 400, 6003, 6111],
    ['a key without an email', { 'x-auth-key': API_TOKEN }, 400, 9106],
    ['an email without a key', { 'x-auth-email': 'me@example.com' }, 400, 9106],
    ['two words', { authorization: `Bearer ${API_TOKEN} x` }, 400, 6003, 6111],
    ['too short a token', { authorization: 'Bearer abc' }, 400, 6003, 6111],
    ['characters that tokens do not have', { authorization: `Bearer ${other}/` }, 400, 6003, 6111],
    ['another scheme', { authorization: `Basic ${API_TOKEN}` }, 400, 6003, 6111],
    ['a malformed key', { 'x-auth-email': 'me@example.com', 'x-auth-key': 'no key' }, 400, 6003, 6103],
    ['a malformed email', { 'x-auth-email': 'me', 'x-auth-key': API_TOKEN }, 400, 6003, 6103],
    ['another token', { authorization: `Bearer ${other}` }, 403, 10000],
    ['another key', { 'x-auth-email': 'me@example.com', 'x-auth-key': other }, 403, 10000],
    ['another service key', { 'x-auth-user-service-key': other }, 403, 10000],
    ['a prefix of the token', { authorization: `Bearer ${API_TOKEN.slice(0, -1)}` }, 403, 10000],
  ];
  test.each(refused)('are refused: %s', async (_what, headers, status, code, inner) => {
    const api = await useApi();
    const { revision } = api.emu.state.read();
    for (const path of ['/client/v4/accounts', '/client/v4/nothing', `/client/v4${POOLS}`]) {
      const answer = await send(api, path, { headers });
      expect(answer).toMatchObject({ status, code, type: 'application/json' });
      expect(answer.envelope.errors[0].error_chain?.[0].code).toBe(inner);
      expect(answer.envelope).toMatchObject({ success: false, result: null, messages: [] });
    }
    const created = await send(api, `/client/v4${POOLS}`, {
      method: 'POST',
      headers: { ...headers, ...JSON_TYPE },
      body: JSON.stringify(pool),
    });
    expect(created).toMatchObject({ status, code });
    expect(api.emu.state.read().revision).toBe(revision);
  });
});

describe('routes', () => {
  test.each([
    ['another account', `/client/v4/accounts/${'f'.repeat(32)}/load_balancers/pools`],
    ['another zone', `/client/v4/zones/${'f'.repeat(32)}/dns_records`],
    ['an id that is none', `/client/v4${POOLS}/tokyo`],
    ['an account in capitals', `/client/v4/accounts/${'F'.repeat(32)}`],
    ['the prefix alone', '/client/v4'],
    ['an unknown word', '/client/v4/zone'],
    ['dots', '/client/v4/zones/../user/x'],
  ])('404: %s', async (_what, path) => {
    const { status, type } = await send(await useApi(), path);
    expect(status).toBe(404);
    expect(type).toMatch(/^application\/json/);
  });

  test('an object that is not there is the service’s to refuse', async () => {
    expect(await send(await useApi(), `/client/v4${POOLS}/${'f'.repeat(32)}`)).toMatchObject({
      status: 404,
      code: 1001,
    });
  });

  test.each(['PUT', 'DELETE', 'HEAD', 'OPTIONS'])('405: %s where it is not served', async (method) => {
    const api = await useApi();
    for (const path of ['/client/v4/zones', '/client/v4//zones/', '/client/v4/%7Aones']) {
      const answer = await send(api, path, { method });
      expect(answer).toMatchObject({ status: 405, type: 'application/json' });
      if (method === 'HEAD') continue;
      expect(answer.envelope.errors).toEqual([
        { code: 10000, message: `${method} method not allowed for the api_token authentication scheme` },
      ]);
    }
  });

  test.each([
    '/client/v4//zones',
    '//client/v4//zones',
    '/client/v4/zones/',
    '/client/v4/%7A%6Fnes',
    `/client/v4//accounts//${ACCOUNT_ID}`,
    '/client/v4/zones?name=%zz&%=%',
    '/client/v4/zones?__proto__=1&constructor=2&page=-1&per_page=NaN',
  ])('200: %s', async (path) => {
    expect(await send(await useApi(), path)).toMatchObject({ status: 200, type: 'application/json' });
  });

  test.each([
    ['/client/v4/zones/%', '/client/v4/zones/%'],
    ['/client/v4/zones/%zz', '/client/v4/zones/%zz'],
    ['/client/v4/zones/%E0%A4%A', '/client/v4/zones/%E0%A4%A'],
    ['/client/v4POOLS/%00', `/client/v4${POOLS}/%00`],
    ['/client/v4POOLS/%2F', `/client/v4${POOLS}/%2F`],
    ['/client/v4POOLS/..%2f..', `/client/v4${POOLS}/..%2f..`],
    ['/client/v4POOLS/__proto__', `/client/v4${POOLS}/__proto__`],
    ['/client/v4POOLS/constructor', `/client/v4${POOLS}/constructor`],
    ['/client/v4/zones/toString', '/client/v4/zones/toString'],
    ['a long id', `/client/v4${POOLS}/${'a'.repeat(6000)}`],
    ['many parts', `/client/v4/${'a/'.repeat(3000)}`],
  ])('400 or 404, and JSON: %s', async (_what, path) => {
    const api = await useApi();
    for (const method of ['GET', 'DELETE']) {
      const answer = await send(api, path, { method });
      expect([400, 404, 405]).toContain(answer.status);
      expect(answer.type).toBe('application/json');
      expect(answer.envelope).toMatchObject({ success: false, result: null, messages: [] });
    }
  });

  test('no path is too strange for an answer', async () => {
    const api = await useApi();
    const part = fc.oneof(
      fc.constantFrom(
        'zones',
        ZONE_ID,
        'accounts',
        ACCOUNT_ID,
        'dns_records',
        '',
        '.',
        '..',
        '*',
        ':id',
        '%2F',
        '%25',
        '%',
      ),
      fc.webPath(),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { maxLength: 6 }),
        fc.constantFrom('GET', 'DELETE', 'PATCH'),
        async (parts, method) => {
          const answer = await send(api, `/client/v4/${parts.join('/')}`.replace(/\s/g, '+'), { method });
          expect([200, 400, 404, 405]).toContain(answer.status);
          expect(answer.type).toBe('application/json');
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('bodies', () => {
  const post = (
    api: ApiUnderTest,
    body: string | Buffer,
    headers: Record<string, string> = JSON_TYPE,
    method = 'POST',
  ) => send(api, `/client/v4${POOLS}`, { method, headers: { ...AUTHORIZED, ...headers }, body });

  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON',
    'application/merge-patch+json',
  ])('are read as %s', async (type) => {
    expect(await post(await useApi(), JSON.stringify(pool), { 'content-type': type })).toMatchObject({ status: 200 });
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'json', ';;', ''])(
    'are refused as %j',
    async (type) => {
      const api = await useApi();
      expect(await post(api, JSON.stringify(pool), { 'content-type': type })).toMatchObject({
        status: 400,
        code: 9207,
      });
      expect(api.emu.state.read().pools.size).toBe(0);
    },
  );

  test('are refused without a type', async () => {
    const api = await useApi();
    expect(await post(api, JSON.stringify(pool), {})).toMatchObject({ status: 400, code: 9207 });
  });

  test.each([
    ['nothing but a brace', '{'],
    ['text', 'pool'],
    ['a list', JSON.stringify([pool])],
    ['a string', '"pool"'],
    ['null', 'null'],
    ['two objects', '{}{}'],
    ['deep lists', `{"a":${'['.repeat(100)}${']'.repeat(100)}}`],
    ['lists without an end', '['.repeat(1_000_000)],
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0xfe])],
  ])('are refused: %s', async (_what, body) => {
    const api = await useApi();
    expect(await post(api, body)).toMatchObject({ status: 400, code: 6007, type: 'application/json' });
    expect(api.emu.state.read().pools.size).toBe(0);
  });

  test('PATCH and PUT need one; {} changes nothing', async () => {
    const api = await useApi();
    const { id } = (await api.call('POST', account('/load_balancers/pools'), pool)).result;
    const path = `/client/v4${POOLS}/${id}`;
    for (const method of ['PATCH', 'PUT']) {
      expect(await send(api, path, { method, headers: { ...AUTHORIZED, ...JSON_TYPE } })).toMatchObject({ code: 6007 });
    }
    const { revision } = api.emu.state.read();
    const patched = await send(api, path, { method: 'PATCH', headers: { ...AUTHORIZED, ...JSON_TYPE }, body: '{}' });
    expect(patched).toMatchObject({ status: 200, envelope: { result: { id, name: 'tokyo' } } });
    expect(api.emu.state.read().revision).toBe(revision);
    const deleted = {
      method: 'DELETE',
      headers: { ...AUTHORIZED, 'content-type': 'text/plain', 'content-length': '7' },
      body: 'ignored',
    };
    expect(await send(api, path, deleted)).toMatchObject({ status: 200 });
  });

  test('of 10 MB are refused, whether their length is told or not, and nothing is kept of them', async () => {
    const api = await useApi();
    const large = Buffer.from(JSON.stringify({ ...pool, description: 'x'.repeat(10 * 1024 * 1024) }));
    for (const length of [{ 'content-length': String(large.length) }, { 'transfer-encoding': 'chunked' }]) {
      const request = open(api.emu.apiUrl ?? '', 'localhost', {
        method: 'POST',
        path: `/client/v4${POOLS}`,
        headers: { ...AUTHORIZED, ...JSON_TYPE, ...(length as Record<string, string>) },
      });
      const head = answered(request);
      request.end(large);
      const reply = await whole(await head);
      expect(reply.status).toBe(413);
      expect(JSON.parse(reply.body)).toMatchObject({ success: false, errors: [{ code: 6007 }] });
    }
    expect(api.emu.state.read().pools.size).toBe(0);
    expect(await send(api, '/client/v4/accounts')).toMatchObject({ status: 200 });
  });

  test('that break off leave nothing behind', async () => {
    const api = await useApi();
    const socket = await dial(api.emu.apiUrl ?? '');
    const whole = JSON.stringify(pool);
    socket.write(
      `POST /client/v4${POOLS} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${API_TOKEN}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${whole.length}\r\n\r\n${whole.slice(0, -5)}`,
    );
    socket.end();
    await new Promise((resolve) => socket.once('close', resolve).resume());
    expect(api.emu.state.read().pools.size).toBe(0);
  });

  test('with the names of an object’s own machinery as keys change nothing else', async () => {
    const api = await useApi();
    const hostile = `{"__proto__":{"enabled":false,"admin":true},"constructor":{"prototype":{"x":1}},${JSON.stringify(pool).slice(1)}`;
    const created = await post(api, hostile);
    expect(created).toMatchObject({ status: 200, envelope: { result: { name: 'tokyo', enabled: true } } });
    const path = `/client/v4${POOLS}/${created.envelope.result.id}`;
    const patch =
      '{"__proto__":{"description":"x"},"load_shedding":{"__proto__":{"default_percent":50}},"origin_steering":{"__proto__":{"policy":"hash"}}}';
    const patched = await send(api, path, { method: 'PATCH', headers: { ...AUTHORIZED, ...JSON_TYPE }, body: patch });
    expect(patched.envelope.result).toMatchObject({ description: '', origin_steering: { policy: 'random' } });
    expect(({} as Record<string, unknown>).admin).toBeUndefined();
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  test('unknown fields are ignored, wrong types refused', async () => {
    const api = await useApi();
    expect(await post(api, JSON.stringify({ ...pool, colour: 'red', id: 'x', created_on: 7 }))).toMatchObject({
      status: 200,
    });
    for (const wrong of [
      { name: 7 },
      { origins: {} },
      { origins: [[]] },
      { enabled: 'yes' },
      { minimum_origins: '1' },
    ]) {
      const answer = await post(api, JSON.stringify({ ...pool, name: 'osaka', ...wrong }));
      expect(answer).toMatchObject({ status: 400, code: 1002, envelope: { success: false, result: null } });
    }
    expect(api.emu.state.read().pools.size).toBe(1);
  });
});
