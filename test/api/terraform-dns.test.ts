import { describe, expect, test } from 'vitest';
import { ACCOUNT_ID, type ApiUnderTest, useApi, ZONE_ID, zone } from '../support/api.js';

/**
 * The calls of Terraform's provider, as its generated clients send them (docs/reference/api.md 4.1), and what has to
 * come back for a plan after apply to show no difference (4.2), for the records of its acceptance tests (4.3).
 */

type Body = Record<string, unknown>;

const at = (id: string): string => zone(`/dns_records/${id}`);
const FORCED = [
  'id',
  'name',
  'type',
  'content',
  'ttl',
  'proxied',
  'proxiable',
  'meta',
  'created_on',
  'modified_on',
  'tags',
  'settings',
];
/** Optional attributes: absent or null unless they were set. */
const OPTIONAL = ['comment', 'priority', 'data', 'comment_modified_on', 'tags_modified_on'];

function holdsNoDiff(planned: Body, answer: Body): void {
  for (const name of FORCED) expect(answer, name).toHaveProperty([name]);
  for (const name of OPTIONAL) {
    if (planned[name] === undefined || planned[name] === null) expect(answer[name] ?? null, name).toBeNull();
  }
  for (const [name, value] of Object.entries(planned)) {
    if (value === null || name === 'name' || name === 'content') continue;
    expect(answer[name], name).toEqual(value);
  }
  const { name, content } = planned as { name: string; content?: string };
  expect(answer.name).toBe(name.endsWith('example.com') ? name : name === '@' ? 'example.com' : `${name}.example.com`);
  if (content !== undefined) expect(String(answer.content).toLowerCase()).toBe(content.toLowerCase());
}

/** As PUT sends an object: whole, with null for every key that was there and is not any more. */
function whole(planned: Body, before: Body): Body {
  const gone = Object.keys(before).filter((name) => !(name in planned));
  return { ...Object.fromEntries(gone.map((name) => [name, null])), ...planned };
}

const SHAPES: readonly [string, Body, Body][] = [
  [
    'an address',
    { name: 'tf-a', type: 'A', content: '198.51.100.4', ttl: 3600, proxied: false },
    { name: 'tf-a', type: 'A', content: '198.51.100.5', ttl: 1, proxied: true },
  ],
  [
    'a proxied name',
    { name: 'tf-c', type: 'CNAME', content: 'Origin.Example.NET', ttl: 1, proxied: true },
    { name: 'tf-c', type: 'CNAME', content: 'other.example.net', ttl: 120, proxied: false },
  ],
  [
    'an address in IPv6',
    { name: '@', type: 'AAAA', content: '2001:db8::1', ttl: 60 },
    { name: '@', type: 'AAAA', content: '2001:db8::2', ttl: 86400 },
  ],
  [
    'a comment and tags',
    { name: 'tf-n', type: 'A', content: '198.51.100.4', ttl: 1, comment: 'by Terraform', tags: ['a:b', 'c'] },
    { name: 'tf-n', type: 'A', content: '198.51.100.4', ttl: 1 },
  ],
  [
    'settings',
    {
      name: 'tf-s',
      type: 'CNAME',
      content: 'a.example.net',
      ttl: 1,
      proxied: true,
      settings: { flatten_cname: false },
    },
    { name: 'tf-s', type: 'CNAME', content: 'b.example.net', ttl: 1, proxied: true, settings: { flatten_cname: true } },
  ],
  [
    'an exchanger',
    { name: '@', type: 'MX', content: 'mail.example.net', priority: 0, ttl: 1 },
    { name: '@', type: 'MX', content: 'mail.example.net', priority: 10, ttl: 1 },
  ],
  [
    'a text',
    { name: 'tf-t', type: 'TXT', content: '"v=DKIM1; p=MIIBIjANBg"', ttl: 1 },
    { name: 'tf-t', type: 'TXT', content: '"another"', ttl: 1 },
  ],
  [
    'a service',
    {
      name: '_xmpp._tcp',
      type: 'SRV',
      ttl: 1,
      priority: 5,
      data: { priority: 5, weight: 0, port: 5222, target: 'talk.l.google.com' },
    },
    {
      name: '_xmpp._tcp',
      type: 'SRV',
      ttl: 1,
      priority: 5,
      data: { priority: 5, weight: 1, port: 5222, target: 'talk.l.google.com' },
    },
  ],
  [
    'an authority',
    { name: 'tf-caa', type: 'CAA', ttl: 1, data: { flags: 0, tag: 'issue', value: 'letsencrypt.org' } },
    { name: 'tf-caa', type: 'CAA', ttl: 1, data: { flags: '0', tag: 'issuewild', value: 'letsencrypt.org' } },
  ],
  [
    'a place',
    {
      name: 'tf-loc',
      type: 'LOC',
      ttl: 1,
      data: {
        lat_degrees: 37,
        lat_minutes: 46,
        lat_seconds: 46,
        lat_direction: 'N',
        long_degrees: 122,
        long_minutes: 23,
        long_seconds: 35,
        long_direction: 'W',
        altitude: 0,
        size: 100,
        precision_horz: 0,
        precision_vert: 0,
      },
    },
    {
      name: 'tf-loc',
      type: 'LOC',
      ttl: 1,
      data: {
        lat_degrees: 38,
        lat_minutes: 46,
        lat_seconds: 46,
        lat_direction: 'N',
        long_degrees: 122,
        long_minutes: 23,
        long_seconds: 35,
        long_direction: 'W',
      },
    },
  ],
];

describe('provider v5', () => {
  test.each(SHAPES)(
    'dns_record, %s: create, read, update, read, delete without a difference',
    async (_what, first, second) => {
      const { call } = await useApi();
      const created = (await call('POST', zone('/dns_records'), first)).result;
      holdsNoDiff(first, created);
      expect((await call('GET', at(created.id))).result).toEqual(created);

      const same = (await call('PUT', at(created.id), whole(first, created))).result;
      expect(same).toEqual(created);

      const { id: _id, created_on: _on, modified_on: _mod, meta: _meta, proxiable: _able, ...known } = created;
      const updated = (await call('PUT', at(created.id), whole(second, known))).result;
      holdsNoDiff(second, updated);
      expect(updated).toMatchObject({ id: created.id, created_on: created.created_on });
      expect((await call('GET', at(created.id))).result).toEqual(updated);

      expect((await call('DELETE', at(created.id))).result).toEqual({ id: created.id });
      expect(await call('GET', at(created.id))).toMatchObject({ status: 404, errors: [{ code: 81044 }] });
    },
  );

  test('a record that is gone is a 404 to whoever deletes it once more', async () => {
    const { call } = await useApi();
    expect(await call('DELETE', at('f'.repeat(32)))).toMatchObject({ status: 404, errors: [{ code: 81044 }] });
  });

  test('the data source of a zone finds exactly one by name, then reads it', async () => {
    const { call } = await useApi({ zones: [{ id: ZONE_ID, name: 'example.com' }, { name: 'example.org' }] });
    const found = await call('GET', `/zones?account.id=${ACCOUNT_ID}&match=all&name=example.com&page=1&per_page=20`);
    expect(found.result).toHaveLength(1);
    const read = await call('GET', `/zones/${found.result[0].id}`);
    expect(read.result).toEqual(found.result[0]);
    for (const name of [
      'activated_on',
      'name_servers',
      'plan',
      'meta',
      'owner',
      'account',
      'status',
      'type',
      'paused',
    ]) {
      expect(read.result).toHaveProperty([name]);
    }
  });

  test('zone: create, read, an update of nothing, delete', async () => {
    const { call } = await useApi();
    const created = (await call('POST', '/zones', { account: { id: ACCOUNT_ID }, name: 'tf.example', type: 'full' }))
      .result;
    const path = `/zones/${created.id}`;
    expect((await call('GET', path)).result).toEqual(created);
    expect((await call('PATCH', path, {})).result).toEqual(created);
    expect((await call('PATCH', path, { paused: false, vanity_name_servers: null })).result).toEqual(created);
    expect((await call('DELETE', path)).status).toBe(200);
    expect((await call('GET', path)).status).toBe(404);
  });

  test('zone_setting: PATCH, read, and destroy calls nothing', async () => {
    const { call } = await useApi();
    const changed = (await call('PATCH', zone('/settings/ssl'), { value: 'flexible' })).result;
    expect(changed).toMatchObject({ id: 'ssl', value: 'flexible', editable: true });
    expect((await call('GET', zone('/settings/ssl'))).result).toEqual(changed);
  });
});

/** cloudflare-go v0: POST and PATCH send `null` where nothing is set; lists are walked to `total_pages`. */
describe('provider v4', () => {
  const record = async ({ call }: ApiUnderTest, body: Body) => (await call('POST', zone('/dns_records'), body)).result;

  test.each(SHAPES)('record, %s: create, read, update by PATCH, read, delete', async (_what, first, second) => {
    const api = await useApi();
    const created = await record(api, {
      comment: '',
      ...first,
      id: '',
      created_on: '0001-01-01T00:00:00Z',
      meta: null,
    });
    expect((await api.call('GET', at(created.id))).result).toEqual(created);
    const updated = (await api.call('PATCH', at(created.id), { tags: [], comment: null, ...second })).result;
    holdsNoDiff(second, updated);
    expect((await api.call('GET', at(created.id))).result).toEqual(updated);
    expect((await api.call('DELETE', at(created.id))).status).toBe(200);
  });

  test('a PATCH of nothing changes nothing', async () => {
    const api = await useApi();
    const created = await record(api, { name: 'a', type: 'A', content: '192.0.2.1' });
    expect((await api.call('PATCH', at(created.id), {})).result).toEqual(created);
  });

  test('a PATCH from parts to content is taken', async () => {
    const api = await useApi();
    const created = await record(api, { name: 'a', type: 'CAA', data: { flags: 0, tag: 'issue', value: 'x' } });
    const changed = await api.call('PATCH', at(created.id), { type: 'TXT', content: '"x"', data: null });
    expect(changed.result).toMatchObject({ type: 'TXT', content: '"x"' });
    expect(changed.result).not.toHaveProperty('data');
  });

  test('lists tell how many pages there are', async () => {
    const { call } = await useApi();
    for (const name of ['a', 'b', 'c'])
      await call('POST', zone('/dns_records'), { name, type: 'A', content: '192.0.2.1' });
    const names = [];
    for (let page = 1, pages = 1; page <= pages; page++) {
      const { result, result_info } = await call('GET', zone(`/dns_records?page=${page}&per_page=2`));
      pages = result_info?.total_pages ?? 0;
      names.push(...result.map(({ name }: { name: string }) => name));
    }
    expect(names).toEqual(['a.example.com', 'b.example.com', 'c.example.com']);
  });
});
