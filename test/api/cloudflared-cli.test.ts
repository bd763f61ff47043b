import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { ACCOUNT_ID, API_TOKEN, useApi, ZONE_ID } from '../support/api.js';

/**
 * The requests of cloudflared's own commands as it sends them, read as it reads them (docs/reference/api.md 1.1 and
 * 2.6): test/cloudflared/cli.test.ts does the same with the program, where it is.
 */

const TUNNELS = `/accounts/${ACCOUNT_ID}/cfd_tunnel`;
const ROUTES = `/accounts/${ACCOUNT_ID}/teamnet/routes`;
const NETWORKS = `/accounts/${ACCOUNT_ID}/teamnet/virtual_networks`;
const SECRET = Buffer.from('a secret of thirty-two bytes, ok').toString('base64');
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

// biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect to be there.
type Result = any;
interface Read {
  readonly status: number;
  /** What cloudflared would print; undefined when it takes the answer. */
  readonly error?: string;
  readonly result: Result;
  readonly info: { readonly count: number; readonly per_page: number; readonly total_count: number } | undefined;
}

/** cloudflared's client: its headers, and its rules for answers. */
function clientOf(base: string): (method: string, path: string, body?: object) => Promise<Read> {
  return async (method, path, body) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const { status, type, answer } = await exchange(method, `${base}${path}`, text);
    const envelope = JSON.parse(answer) as {
      readonly success: boolean;
      readonly errors: readonly { readonly code: unknown; readonly message: string }[];
      readonly messages: readonly unknown[];
      readonly result: Result;
      readonly result_info?: Read['info'];
    };
    // A list of texts to it, of objects to others: only the empty one is both.
    expect(envelope.messages).toEqual([]);
    // It reads errors only under exactly this type.
    expect(type).toBe('application/json');
    for (const { code } of envelope.errors) expect(typeof code).toBe('number');
    const [first] = envelope.errors;
    const refused = first ? `code: ${first.code}, reason: ${first.message}` : undefined;
    if (status !== 200)
      return { status, error: refused ?? `failed with status ${status}`, result: null, info: undefined };
    expect([envelope.success, refused]).toEqual([true, undefined]);
    return { status, result: envelope.result, info: envelope.result_info };
  };
}

function exchange(
  method: string,
  url: string,
  body: string | undefined,
): Promise<{ readonly status: number; readonly type: string | undefined; readonly answer: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      Authorization: `Bearer ${API_TOKEN}`,
      Accept: 'application/json;version=1',
      'User-Agent': 'cloudflared/2026.8.2',
      ...(body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
    };
    const sent = request(url, { method, headers }, (response) => {
      let answer = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        answer += text;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'], answer }),
      );
    });
    sent.on('error', reject).end(body);
  });
}

async function useClient() {
  const { emu, url } = await useApi();
  return { emu, ask: clientOf(url) };
}

/** Times as Go reads them into `time.Time`; null leaves its zero value. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

describe('what cloudflared asks for', () => {
  test('tunnel create: id, name and token; a name that is taken is told by the status alone', async () => {
    const { ask } = await useClient();
    const { result } = await ask('POST', TUNNELS, { name: 'app', tunnel_secret: SECRET });
    expect(result).toMatchObject({
      id: expect.stringMatching(UUID),
      name: 'app',
      created_at: expect.stringMatching(TIME),
      deleted_at: null,
      connections: [],
      token: expect.any(String),
    });
    expect(JSON.parse(Buffer.from(result.token, 'base64').toString())).toEqual({
      a: ACCOUNT_ID,
      t: result.id,
      s: SECRET,
    });
    expect((await ask('POST', TUNNELS, { name: 'app', tunnel_secret: SECRET })).status).toBe(409);
  });

  test('tunnel list: pages until one is not full', async () => {
    const { ask, emu } = await useClient();
    emu.state.transact('api', (draft) => {
      for (let number = 1; number <= 25; number++) draft.put('tunnels', { name: `number-${number}` });
    });
    const all: unknown[] = [];
    for (let page = 1; page < 10; page++) {
      const { result, info } = await ask('GET', `${TUNNELS}?is_deleted=false&page=${page}`);
      all.push(...result);
      if (!info || info.count < info.per_page || all.length >= info.total_count) break;
    }
    expect(all).toHaveLength(25);
    const { result } = await ask('GET', `${TUNNELS}?is_deleted=false&name_prefix=number-1&page=1&per_page=100`);
    expect(result).toHaveLength(11);
  });

  test('tunnel info, token, cleanup and delete by name', async () => {
    const { ask, emu } = await useClient();
    await ask('POST', TUNNELS, { name: 'app', tunnel_secret: SECRET });
    const found = (await ask('GET', `${TUNNELS}?is_deleted=false&name=app&page=1`)).result;
    const id = found[0].id as string;
    await emu.connect({ tunnel: 'app', config: { ingress: [{ service: 'http_status:404' }] }, connections: 1 });
    const [client] = (await ask('GET', `${TUNNELS}/${id}/connections`)).result;
    expect(client).toMatchObject({
      id: expect.stringMatching(UUID),
      features: [],
      version: expect.any(String),
      arch: expect.any(String),
      run_at: expect.stringMatching(TIME),
      conns: [
        {
          id: expect.stringMatching(UUID),
          colo_name: 'NRT',
          is_pending_reconnect: false,
          origin_ip: '127.0.0.1',
          opened_at: expect.stringMatching(TIME),
        },
      ],
    });
    expect((await ask('GET', `${TUNNELS}?uuid=${id}&page=1`)).result).toMatchObject([{ id, connections: [{}] }]);
    expect(typeof (await ask('GET', `${TUNNELS}/${id}/token`)).result).toBe('string');
    expect((await ask('DELETE', `${TUNNELS}/${id}`)).error).toBe(
      'code: 1022, reason: Cannot delete tunnel because it has active connections',
    );
    expect(await ask('DELETE', `${TUNNELS}/${id}/connections`)).toMatchObject({ status: 200 });
    expect(await ask('DELETE', `${TUNNELS}/${id}?cascade=true`)).toMatchObject({ status: 200 });
    expect((await ask('GET', `${TUNNELS}/${id}`)).result.deleted_at).toMatch(TIME);
  });

  test('route dns and route lb', async () => {
    const { ask } = await useClient();
    const { id } = (await ask('POST', TUNNELS, { name: 'app', tunnel_secret: SECRET })).result;
    const path = `/zones/${ZONE_ID}/tunnels/${id}/routes`;
    const dns = { type: 'dns', user_hostname: 'app.example.com', overwrite_existing: false };
    expect((await ask('PUT', path, dns)).result).toEqual({ cname: 'new', name: 'app.example.com' });
    const lb = { type: 'lb', lb_name: 'lb.example.com', lb_pool: 'main' };
    expect((await ask('PUT', path, lb)).result).toEqual({ load_balancer: 'new', pool: 'new' });
  });

  test('route ip add, show, get and delete by network', async () => {
    const { ask } = await useClient();
    const { id } = (await ask('POST', TUNNELS, { name: 'app', tunnel_secret: SECRET })).result;
    const added = (await ask('POST', ROUTES, { network: '10.0.0.0/8', tunnel_id: id, comment: '' })).result;
    expect(added).toMatchObject({ network: '10.0.0.0/8', created_at: expect.stringMatching(TIME), deleted_at: null });
    const same = await ask('POST', ROUTES, { network: '10.0.0.0/8', tunnel_id: id, comment: '' });
    expect(same.error).toContain('code: 1014, reason: You already have a route defined for this exact IP subnet');
    const [shown] = (await ask('GET', `${ROUTES}?is_deleted=false&page=1`)).result;
    expect(shown).toMatchObject({ id: expect.stringMatching(UUID), tunnel_name: 'app' });
    expect(shown.virtual_network_id).toMatch(UUID);
    expect((await ask('GET', `${ROUTES}/ip/10.1.2.3`)).result).toMatchObject({ tunnel_id: id, network: '10.0.0.0/8' });
    // No route: the nil UUID, and nothing that it could not read.
    const none = (await ask('GET', `${ROUTES}/ip/192.0.2.1`)).result;
    expect(none).toEqual({ tunnel_id: '00000000-0000-0000-0000-000000000000' });

    const exact = 'network_subset=10.0.0.0%2F8&network_superset=10.0.0.0%2F8';
    const rows = (await ask('GET', `${ROUTES}?is_deleted=false&${exact}&page=1`)).result;
    expect(rows).toHaveLength(1);
    expect((await ask('DELETE', `${ROUTES}/${rows[0].id}`)).result.deleted_at).toMatch(TIME);
  });

  test('vnet add, list, update and delete', async () => {
    const { ask } = await useClient();
    const added = (await ask('POST', NETWORKS, { name: 'lab', comment: '', is_default_network: false })).result;
    expect(added).toMatchObject({ id: expect.stringMatching(UUID), is_default_network: false, deleted_at: null });
    const [found] = (await ask('GET', `${NETWORKS}?is_deleted=false&name=lab`)).result;
    expect(found.id).toBe(added.id);
    expect(await ask('PATCH', `${NETWORKS}/${added.id}`, { name: 'staging' })).toMatchObject({ status: 200 });
    expect((await ask('DELETE', `${NETWORKS}/${added.id}?force=true`)).result).toMatchObject({ name: 'staging' });
  });

  test('management tokens, without a body', async () => {
    const { ask } = await useClient();
    const { id } = (await ask('POST', TUNNELS, { name: 'app', tunnel_secret: SECRET })).result;
    for (const resource of ['logs', 'admin', 'host_details']) {
      const { result } = await ask('POST', `${TUNNELS}/${id}/management/${resource}`);
      expect(result.split('.')).toHaveLength(3);
    }
  });

  test('what is not there is told in its words', async () => {
    const { ask } = await useClient();
    const unknown = '99999999-9999-4999-8999-999999999999';
    expect((await ask('GET', `${TUNNELS}/${unknown}`)).error).toBe('code: 1002, reason: Tunnel not found');
    expect((await ask('DELETE', `${NETWORKS}/${unknown}`)).error).toContain('code: 1046');
    expect((await ask('DELETE', `${ROUTES}/${unknown}`)).error).toContain('code: 1015');
  });
});
