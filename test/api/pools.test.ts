import { NotFoundError } from 'cloudflare';
import { describe, expect, test } from 'vitest';
import { ACCOUNT_ID, account, useApi } from '../support/api.js';

const origins = [{ name: 'a', address: '192.0.2.1' }];

describe('pools through the official SDK', () => {
  test('are created, listed, read, replaced, changed and deleted', async () => {
    const { sdk } = await useApi();
    const pools = sdk.loadBalancers.pools;
    const created = await pools.create({ account_id: ACCOUNT_ID, name: 'tokyo', origins });
    expect(created).toMatchObject({ name: 'tokyo', description: '', enabled: true, minimum_origins: 1 });

    const listed = [];
    for await (const pool of pools.list({ account_id: ACCOUNT_ID })) listed.push(pool.id);
    expect(listed).toEqual([created.id]);

    const id = created.id ?? '';
    const changed = await pools.edit(id, { account_id: ACCOUNT_ID, description: 'in Tokyo' });
    expect(changed).toMatchObject({ name: 'tokyo', description: 'in Tokyo' });
    const replaced = await pools.update(id, { account_id: ACCOUNT_ID, name: 'osaka', origins });
    expect(replaced).toMatchObject({ name: 'osaka', description: '' });
    expect(await pools.delete(id, { account_id: ACCOUNT_ID })).toEqual({ id });
    await expect(pools.get(id, { account_id: ACCOUNT_ID })).rejects.toBeInstanceOf(NotFoundError);
  });

  test('that are in use are not deleted', async () => {
    const { call } = await useApi({
      pools: [{ id: 'b'.repeat(32), name: 'tokyo', origins }],
      zones: [
        { name: 'example.com', load_balancers: [{ name: 'app.example.com', proxied: true, default_pools: ['tokyo'] }] },
      ],
    });
    const answer = await call('DELETE', account(`/load_balancers/pools/${'b'.repeat(32)}`));
    expect(answer).toMatchObject({ status: 412, success: false, errors: [{ code: 1005 }], result: null });
  });
});
