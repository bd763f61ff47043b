import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { desired, loadBalancer, pool, STAGING, TOKYO, tunnel, ZONE, zone } from '../account.fixture.js';
import { KINDS } from '../draft.js';
import type { AccountSnapshot, Draft } from '../state.types.js';
import { MIGRATIONS } from './migrations.js';
import { keptState, stateFolder } from './store.fixture.js';

const OLD_ROUTE = '33333333-3333-4333-8333-333333333333';

/** One object at least of every kind, with what is completed beyond its schema. */
function writeEveryKind(draft: Draft): void {
  draft.put('zones', zone);
  draft.put('monitors', { id: 'monitor', type: 'http', expected_codes: '200' });
  const member = { monitor_id: 'monitor', enabled: true, monitoring_only: false, must_be_healthy: true };
  draft.put('monitor_groups', { id: 'group', description: 'g', members: [member] });
  draft.put('virtual_networks', { id: STAGING, name: 'staging', comment: 'a comment' });
  draft.put('tunnels', { ...tunnel, config_src: 'cloudflare' });
  draft.put('configurations', { id: TOKYO, config: { ingress: [{ service: 'http://localhost:1' }] } });
  draft.put('routes', { network: '10.0.0.0/8', tunnel_id: TOKYO, virtual_network_id: STAGING });
  draft.put('routes', { network: '10.0.0.0/8', tunnel_id: TOKYO });
  draft.put('hostname_routes', { hostname: 'wiki.internal', tunnel_id: TOKYO, comment: 'pages' });
  draft.put('hostname_routes', { id: OLD_ROUTE, hostname: '*.old.internal', tunnel_id: TOKYO });
  draft.put(
    'pools',
    pool('a', {
      monitor: 'monitor',
      origins: [
        { name: 'a', address: '192.0.2.1', enabled: false },
        { name: 'b', address: '10.0.0.1', virtual_network_id: STAGING, header: { Host: ['x.example.com'] } },
      ],
      load_shedding: { default_percent: 5 },
    }),
  );
  draft.put('pools', pool('b', { monitor_group: 'group', origins: [{ name: 'a', address: '192.0.2.9' }] }));
  draft.put('load_balancers', {
    ...loadBalancer('app.example.com', ['pool a', 'pool b']),
    proxied: true,
    session_affinity: 'cookie',
    rules: [{ name: 'r', condition: '', overrides: { steering_policy: 'random' } }],
  });
  draft.put('dns_records', { zone_id: ZONE, name: 'www', type: 'A', content: '192.0.2.7', proxied: true });
  draft.put('spectrum', {
    name: 'db',
    listen: '127.0.0.1:0',
    load_balancer_id: 'lb app.example.com',
    proxy_protocol: 'v2',
  });
  draft.put('faults', { name: 'slow', type: 'origin_slow', delay: '1s', match: { pool: 'a' } });
}

/** Without what would be equal for maps in any order: the order. */
function inOrder(account: AccountSnapshot): unknown {
  return KINDS.map((kind) => [kind, [...account[kind].keys()]]);
}

describe('a store', () => {
  test('gives back the same account: every kind, every part, in the same order', async () => {
    const folder = stateFolder();
    const first = await keptState(folder);
    first.state.transact('api', writeEveryKind);
    first.time.now = 2000;
    first.state.transact('api', (draft) => {
      draft.assign({
        settings: { ...draft.read().settings, route_header: false },
        data_centers: ['NRT', 'KIX'],
        clients: [{ network: '192.0.2.0/24', country: 'JP' }],
        locations: [{ match: '192.0.2.0/24', data_center: 'NRT' }],
        access: {
          users: [{ email: 'alice@example.com', password: 'secret', groups: ['staff'], data_center: 'NRT' }],
          policies: [{ name: 'staff', action: 'allow', groups: ['staff'], virtual_networks: [STAGING] }],
        },
      });
      draft.put('zones', { ...zone, settings: { ssl: 'strict' } });
      draft.put('tunnels', { id: STAGING, name: 'osaka' });
    });
    first.state.transact('api', (draft) => {
      draft.delete('tunnels', STAGING);
      draft.delete('hostname_routes', OLD_ROUTE);
    });
    const before = first.state.read();
    for (const kind of KINDS) expect(before[kind].size, kind).toBeGreaterThan(0);
    await first.store.close();

    const again = await keptState(folder);
    expect(again.state.read()).toEqual(before);
    expect(inOrder(again.state.read())).toEqual(inOrder(before));
    expect(again.state.read().access.policies).toHaveLength(1);
    const { deleted } = again.state.read();
    expect(deleted.tunnels.get(STAGING)?.deleted_at).toBe(2000);
    expect(deleted.hostname_routes.get(OLD_ROUTE)?.object.hostname).toBe('*.old.internal');
    // Frozen like one that was made here.
    expect(Object.isFrozen(again.state.read().pools.get('pool a')?.origins)).toBe(true);
  });

  test('goes on where it was: changes after a restart are kept as well, and new ids are new', async () => {
    const folder = stateFolder();
    const ids: string[] = [];
    for (let start = 0; start < 4; start++) {
      const { state, store } = await keptState(folder);
      expect([...state.read().pools.keys()]).toEqual(ids.slice(-1));
      state.transact('api', (draft) => {
        for (const id of ids) draft.delete('pools', id);
        ids.push(draft.put('pools', { name: `p${start}`, origins: [{ name: 'a', address: '192.0.2.1' }] }).id);
      });
      await store.close();
    }
    expect(new Set(ids).size).toBe(4);
  });

  test('acknowledges what is on the disk, and counts the transactions', async () => {
    const folder = stateFolder();
    const { state, store } = await keptState(folder);
    state.transact('api', (draft) => draft.put('pools', pool('a')));
    const { revision } = state.read();
    await state.durable();
    await store.close();
    expect((await keptState(folder)).state.read().revision).toBe(revision);
  });

  test('takes ids of any length', async () => {
    const folder = stateFolder();
    const { state, store } = await keptState(folder);
    const ids = ['x'.repeat(5000), `${'x'.repeat(4999)}y`, 'with/slashes', 'ü'];
    state.transact('api', (draft) => {
      for (const [index, id] of ids.entries()) draft.put('pools', { ...pool(`p${index}`), id });
    });
    state.applyFile(
      desired(
        state,
        ids.map((id, index) => ({ kind: 'pools', id, object: pool(`p${index}`) })),
      ),
    );
    const before = state.read();
    await store.close();
    expect((await keptState(folder)).state.read()).toEqual(before);
  });

  test('is a folder for its owner alone, in one that exists', async () => {
    const folder = stateFolder();
    await keptState(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o600);
    await expect(keptState(join(folder, 'no', 'such'))).rejects.toMatchObject({
      code: 'STATE_FOLDER_UNUSABLE',
      message: expect.stringContaining(`${join(folder, 'no')} does not exist`),
    });
  });

  test('is not made among other things, and not of a file', async () => {
    const folder = stateFolder();
    mkdirSync(folder);
    writeFileSync(join(folder, 'notes.txt'), '');
    await expect(keptState(folder)).rejects.toMatchObject({
      code: 'STATE_FOLDER_OTHER',
      message: expect.stringContaining('notes.txt'),
    });
    expect(readdirSync(folder)).toEqual(['notes.txt']);
    await expect(keptState(join(folder, 'notes.txt'))).rejects.toMatchObject({ code: 'STATE_FOLDER_OTHER' });
  });

  test('is of one account', async () => {
    const folder = stateFolder();
    await (await keptState(folder)).store.close();
    await expect(keptState(folder, { accountId: 'f'.repeat(32) })).rejects.toMatchObject({
      code: 'STATE_OF_ANOTHER_ACCOUNT',
    });
    // And it is let go of.
    await keptState(folder);
  });

  test('is of one process at a time', async () => {
    const folder = stateFolder();
    const { store } = await keptState(folder);
    await expect(keptState(folder)).rejects.toMatchObject({
      code: 'STATE_IN_USE',
      message: expect.stringContaining('in this process'),
    });
    await store.close();
    await keptState(folder);
  });

  test('takes nothing after it is closed', async () => {
    const { state, store } = await keptState(stateFolder());
    await store.close();
    expect(() => state.transact('api', (draft) => draft.put('pools', pool('a')))).toThrow(/was closed/);
    expect(state.read().pools.size).toBe(0);
  });

  test('keeps the certificate authority', async () => {
    const folder = stateFolder();
    const pair = { certificate: 'C', privateKey: 'K' };
    const { store } = await keptState(folder);
    expect(await store.ca.load()).toBeUndefined();
    await store.ca.save(pair);
    await store.close();
    expect(await (await keptState(folder)).store.ca.load()).toEqual(pair);
  });
});

describe('a state without a store', () => {
  test('has everything at once that it ever will have', async () => {
    const { testState } = await import('../account.fixture.js');
    await expect(testState().state.durable()).resolves.toBeUndefined();
    expect(existsSync('data.mdb')).toBe(false);
  });
});

describe('migrations', () => {
  test('bring an older form to the newest when it is opened, once', async () => {
    const folder = stateFolder();
    const first = await keptState(folder);
    first.state.transact('api', (draft) => {
      draft.put('pools', pool('a'));
      draft.put('pools', pool('b'));
    });
    await first.store.close();

    let runs = 0;
    const migrations = [
      ...MIGRATIONS,
      (entries: Map<string, unknown>) => {
        runs++;
        const entry = entries.get('object/pools/pool a') as { value: { description: string } };
        entry.value.description = 'migrated';
        entries.delete('object/pools/pool b');
      },
    ];
    const second = await keptState(folder, { migrations });
    expect(second.state.read().pools.get('pool a')?.description).toBe('migrated');
    await second.store.close();

    const third = await keptState(folder, { migrations });
    expect(runs).toBe(1);
    expect([...third.state.read().pools.keys()]).toEqual(['pool a']);
    await third.store.close();
    await expect(keptState(folder)).rejects.toMatchObject({ code: 'STATE_NEWER' });
  });

  test('are written only when their result is valid', async () => {
    const folder = stateFolder();
    const first = await keptState(folder);
    first.state.transact('api', (draft) => draft.put('pools', pool('a')));
    const before = first.state.read();
    await first.store.close();
    const broken = (entries: Map<string, unknown>) => {
      (entries.get('object/pools/pool a') as { value: { name: unknown } }).value.name = 7;
    };
    await expect(keptState(folder, { migrations: [...MIGRATIONS, broken] })).rejects.toMatchObject({
      code: 'STATE_INVALID',
      message: expect.stringContaining('pools.pool a.name: must be text; it is 7'),
    });
    expect((await keptState(folder)).state.read()).toEqual(before);
  });
});
