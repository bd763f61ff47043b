import { BadRequestError, NotFoundError } from 'cloudflare';
import { describe, expect, test } from 'vitest';
import { useApi, ZONE_ID, zone } from '../support/api.js';
import { useOrigin } from '../support/servers.js';

const TUNNEL = '11111111-2222-4333-8444-555555555555';
const zone_id = ZONE_ID;

describe('DNS records through the official SDK', () => {
  test('are created, listed, read, replaced, changed and deleted', async () => {
    const { sdk } = await useApi();
    const { records } = sdk.dns;
    const created = await records.create({ zone_id, name: 'www', type: 'A', content: '192.0.2.1', ttl: 1 });
    expect(created).toMatchObject({
      name: 'www.example.com',
      type: 'A',
      content: '192.0.2.1',
      ttl: 1,
      proxied: false,
      proxiable: true,
      settings: {},
      meta: {},
      comment: null,
      tags: [],
    });
    expect(created).not.toHaveProperty('priority');
    expect(created).not.toHaveProperty('data');
    const { id } = created;
    expect(await records.get(id, { zone_id })).toEqual(created);
    expect(
      await records.edit(id, { zone_id, comment: 'web', tags: ['env:test'] } as Parameters<typeof records.edit>[1]),
    ).toMatchObject({ content: '192.0.2.1', comment: 'web', tags: ['env:test'] });
    expect(
      await records.update(id, { zone_id, name: '@', type: 'AAAA', content: '2001:DB8::1', ttl: 300, proxied: true }),
    ).toMatchObject({ name: 'example.com', content: '2001:db8::1', ttl: 1, comment: null, tags: [] });
    expect(await records.delete(id, { zone_id })).toEqual({ id });
    await expect(records.get(id, { zone_id })).rejects.toSatisfy(
      (error) => error instanceof NotFoundError && error.errors[0]?.code === 81044,
    );
  });

  test('are listed to the end, a hundred at a time, in the order that is asked for', async () => {
    const { sdk, sent } = await useApi({
      zones: [
        {
          id: ZONE_ID,
          name: 'example.com',
          dns_records: Array.from({ length: 150 }, (_, at) => ({
            name: `n${String(at).padStart(3, '0')}`,
            type: 'A' as const,
            content: '192.0.2.1',
          })),
        },
      ],
    });
    const names = [];
    for await (const { name } of sdk.dns.records.list({ zone_id, order: 'name', direction: 'desc' })) names.push(name);
    expect(names).toHaveLength(150);
    expect([names[0], names[149]]).toEqual(['n149.example.com', 'n000.example.com']);
    expect(sent).toHaveLength(3);
  });

  test('are found by every filter', async () => {
    const { sdk } = await useApi({
      zones: [
        {
          id: ZONE_ID,
          name: 'example.com',
          dns_records: [
            {
              name: 'www',
              type: 'A',
              content: '192.0.2.1',
              proxied: true,
              comment: 'the site',
              tags: ['env:prod', 'x'],
            },
            { name: 'www', type: 'A', content: '192.0.2.2', tags: ['env:test'] },
            { name: 'api', type: 'CNAME', content: 'www.example.com', comment: 'The API' },
            { name: '@', type: 'MX', content: 'mail.example.com', priority: 10 },
          ],
        },
        { name: 'example.org', dns_records: [{ name: 'www', type: 'A', content: '192.0.2.9' }] },
      ],
    });
    const found = async (filters: Partial<Parameters<typeof sdk.dns.records.list>[0]>) => {
      const page = await sdk.dns.records.list({ zone_id, ...filters });
      return page.result.map(({ content }) => content);
    };
    expect(await found({})).toHaveLength(4);
    expect(await found({ name: { exact: 'WWW.example.com' } })).toEqual(['192.0.2.1', '192.0.2.2']);
    expect(await found({ name: { startswith: 'ap' } })).toEqual(['www.example.com']);
    expect(await found({ content: { endswith: '.2.2' } })).toEqual(['192.0.2.2']);
    expect(await found({ content: { contains: 'mail' } })).toEqual(['mail.example.com']);
    expect(await found({ type: 'CNAME' })).toEqual(['www.example.com']);
    expect(await found({ proxied: true })).toEqual(['192.0.2.1']);
    expect(await found({ comment: { contains: 'the' } })).toEqual(['192.0.2.1', 'www.example.com']);
    expect(await found({ comment: { present: 'true' } })).toHaveLength(2);
    expect(await found({ comment: { absent: 'true' } })).toHaveLength(2);
    expect(await found({ tag: { exact: 'env:prod' } })).toEqual(['192.0.2.1']);
    expect(await found({ tag: { present: 'env' } })).toHaveLength(2);
    expect(await found({ tag: { present: 'env', absent: 'x' } })).toEqual(['192.0.2.2']);
    expect(await found({ tag: { exact: 'env:test', present: 'x' }, tag_match: 'any' })).toHaveLength(2);
    expect(await found({ match: 'any', type: 'MX', proxied: true })).toEqual(['192.0.2.1', 'mail.example.com']);
    expect(await found({ search: 'site' })).toEqual(['192.0.2.1']);
    expect(await found({ order: 'type', direction: 'desc' })).toEqual([
      'mail.example.com',
      'www.example.com',
      '192.0.2.1',
      '192.0.2.2',
    ]);
  });

  test('of other types keep their content, or the parts it is given in', async () => {
    const { sdk, emu } = await useApi();
    const { records } = sdk.dns;
    const srv = await records.create({
      zone_id,
      name: '_sip._tcp',
      type: 'SRV',
      ttl: 300,
      data: { priority: 10, weight: 5, port: 5060, target: 'sip.example.com' },
    });
    expect(srv).toMatchObject({
      name: '_sip._tcp.example.com',
      content: '10 5 5060 sip.example.com',
      proxiable: false,
      data: { priority: 10, weight: 5, port: 5060, target: 'sip.example.com' },
    });
    const caa = {
      zone_id,
      name: '@',
      type: 'CAA',
      ttl: 1,
      data: { flags: 0, tag: 'issue', value: 'ca.example' },
    } as const;
    expect(await records.create(caa)).toMatchObject({ content: '0 issue "ca.example"' });
    const txt = await records.create({ zone_id, name: '@', type: 'TXT', ttl: 1, content: '"v=spf1 -all"' });
    expect(txt).toMatchObject({ content: '"v=spf1 -all"', proxiable: false });
    const mx = { zone_id, name: '@', type: 'MX', ttl: 1, content: 'mail.example.com', priority: 5 } as const;
    expect(await records.create(mx)).toMatchObject({ priority: 5 });
    expect(await records.create({ zone_id, name: 'sub', type: 'NS', ttl: 1, content: 'ns.example.net' })).toMatchObject(
      {
        content: 'ns.example.net',
      },
    );
    expect((await emu.fetch('http://_sip._tcp.example.com/')).status).not.toBe(200);
  });
});

describe('DNS records are refused', () => {
  const refused = async (...bodies: readonly Record<string, unknown>[]) => {
    const { call } = await useApi();
    let last = { status: 0, code: 0, chain: [] as unknown[] };
    for (const body of bodies) {
      const { status, errors } = await call('POST', zone('/dns_records'), { ttl: 1, ...body });
      const [error] = errors;
      last = { status, code: error?.code ?? 0, chain: (error?.error_chain as { code: number }[])?.map((e) => e.code) };
    }
    return last;
  };
  const a = { name: 'www', type: 'A', content: '192.0.2.1' };
  const cname = { name: 'www', type: 'CNAME', content: 'a.example.com' };

  test.each([
    ['a CNAME where an address is', [a, cname], 81053, undefined],
    ['an address where a CNAME is', [cname, a], 81053, undefined],
    ['the same once more', [a, a], 81058, undefined],
    ['a CNAME to itself', [{ ...cname, content: 'WWW.example.com' }], 9039, undefined],
    ['an address that is none', [{ ...a, content: 'www' }], 1004, [9005]],
    ['an IPv6 address that is none', [{ ...a, type: 'AAAA' }], 1004, [9006]],
    ['a TTL out of range', [{ ...a, ttl: 7 }], 1004, [9021]],
    ['a proxied text', [{ ...a, type: 'TXT', proxied: true }], 1004, [9004]],
    ['an unknown type', [{ ...a, type: 'A6' }], 1004, [1004]],
    ['no name', [{ type: 'A', content: '192.0.2.1' }], 1004, [9000]],
    ['no content', [{ name: 'www', type: 'A' }], 1004, [9020]],
    ['parts that are missing', [{ name: 'www', type: 'SRV', data: { port: 1, weight: 1, priority: 1 } }], 1004, [1004]],
    ['parts that the type has not', [{ ...a, data: { port: 1 } }], 1004, [1004]],
    ['an exchanger without priority', [{ name: '@', type: 'MX', content: 'mail.example.com' }], 1004, [1004]],
    ['fields of other types', [{ ...a, content: 7 }], 1004, [9007]],
  ])('%s', async (_what, bodies, code, chain) => {
    expect(await refused(...bodies)).toEqual({ status: 400, code, chain });
  });

  test('as the SDK tells it, by class and code', async () => {
    const { sdk } = await useApi();
    const record = { zone_id, name: 'www', type: 'A', content: '192.0.2.1', ttl: 1 } as const;
    await sdk.dns.records.create(record);
    await expect(sdk.dns.records.create(record)).rejects.toSatisfy(
      (error) => error instanceof BadRequestError && error.errors[0]?.code === 81058,
    );
  });
});

test('a batch of changes happens as a whole, in the order of its lists, or not at all', async () => {
  const { sdk, call, emu } = await useApi();
  const { records } = sdk.dns;
  const old = await records.create({ zone_id, name: 'www', type: 'A', content: '192.0.2.1', ttl: 1 });
  const other = await records.create({ zone_id, name: 'api', type: 'A', content: '192.0.2.2', ttl: 1 });
  const done = await records.batch({
    zone_id,
    deletes: [{ id: old.id }],
    patches: [{ id: other.id, content: '192.0.2.3' } as never],
    posts: [{ name: 'www', type: 'CNAME', content: 'api.example.com', ttl: 1 }],
  });
  expect(done).toMatchObject({
    deletes: [{ id: old.id }],
    patches: [{ id: other.id, name: 'api.example.com', content: '192.0.2.3' }],
    puts: [],
    posts: [{ name: 'www.example.com', type: 'CNAME' }],
  });
  const before = emu.state.read().revision;
  const refused = await call('POST', zone('/dns_records/batch'), {
    posts: [{ name: 'new', type: 'A', content: '192.0.2.1' }],
    puts: [{ id: 'f'.repeat(32), name: 'x', type: 'A', content: '192.0.2.1' }],
  });
  expect(refused).toMatchObject({ status: 404, errors: [{ code: 81044 }] });
  expect((await call('POST', zone('/dns_records/batch'), { posts: 'all' })).status).toBe(400);
  expect(emu.state.read().revision).toBe(before);
});

test('a record of the API is served by the next request, and no longer when it is gone', async () => {
  const origin = await useOrigin();
  const { sdk, emu } = await useApi({
    tunnels: [
      { name: 'web', id: TUNNEL, config: { ingress: [{ service: `http://127.0.0.1:${origin.address.port}` }] } },
    ],
  });
  await emu.connect({ tunnel: 'web', location: 'NRT' });
  const status = async () => (await emu.fetch('http://app.example.com/')).status;
  const before = await status();
  const { id } = await sdk.dns.records.create({
    zone_id,
    name: 'app',
    type: 'CNAME',
    content: `${TUNNEL}.cfargotunnel.com`,
    proxied: true,
    ttl: 1,
  });
  expect(await status()).toBe(200);
  await sdk.dns.records.delete(id, { zone_id });
  expect(await status()).toBe(before);
});
