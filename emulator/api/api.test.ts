import { expect, test } from 'vitest';
import { ACCOUNT_ID, useBareApi } from './api.fixture.js';

const POOLS = `/accounts/${ACCOUNT_ID}/load_balancers/pools`;
const ZONE = 'a'.repeat(32);
const creation = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ name: 'tokyo', origins: [{ name: 'a', address: '192.0.2.1' }] }),
};

test('what is not emulated is told to the client, and named in the log', async () => {
  const { request, logged } = await useBareApi();
  const { status, body } = await request('/zones/abc/magic/rules?page=1');
  expect(status).toBe(404);
  expect(body.errors).toEqual([
    {
      code: 7003,
      message: 'Could not route to /client/v4/zones/abc/magic/rules, perhaps your object identifier is invalid?',
    },
  ]);
  expect(logged).toEqual(['warn GET /client/v4/zones/abc/magic/rules is not emulated']);
});

test.each([
  ['GET', `/zones/${ZONE}/dns_records/export`, 404, 'zone files are not written'],
  ['POST', `/zones/${ZONE}//purge_cache/`, 404, 'nothing is cached'],
  ['POST', '/accounts', 405, 'an edge has one account, given by its configuration'],
])('%s %s is known not to be emulated, and the log says why', async (method, path, status, because) => {
  const { request, logged, state } = await useBareApi();
  state.transact('api', (draft) => draft.put('zones', { id: ZONE, name: 'example.com' }));
  expect((await request(path, { method })).status).toBe(status);
  expect(logged).toEqual([`warn ${method} /client/v4${path} is not emulated: ${because}`]);
});

test('a change is acknowledged when it is on disk, not before', async () => {
  let kept = (): void => undefined;
  const disk = new Promise<void>((resolve) => {
    kept = resolve;
  });
  const { request, state } = await useBareApi({ durable: () => disk });
  const created = new Promise<void>((resolve) => state.subscribe(() => resolve()));
  let answered = false;
  const answer = request(POOLS, creation).then((reply) => {
    answered = true;
    return reply;
  });
  await created;
  // What only reads does not wait.
  expect((await request(POOLS)).status).toBe(200);
  expect(answered).toBe(false);
  kept();
  expect((await answer).status).toBe(200);
});

test('a change that could not be kept is not acknowledged', async () => {
  const { request, logged } = await useBareApi({ durable: () => Promise.reject(new Error('no space left')) });
  const answer = { status: 503, retry: 'false', body: { success: false, result: null } };
  expect(await request(POOLS, creation)).toMatchObject(answer);
  expect(logged).toEqual(['error a change could not be stored']);
});

test('what fails unforeseen is told as that, and its cause stays in the log', async () => {
  const { request, logged, state } = await useBareApi();
  state.read = () => {
    throw new Error('secret');
  };
  const { status, body } = await request('/ips');
  expect(status).toBe(500);
  expect(JSON.stringify(body)).not.toContain('secret');
  expect(logged).toEqual(['error the v4 API failed to answer']);
});
