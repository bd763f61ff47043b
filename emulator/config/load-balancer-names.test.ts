import { describe, expect, test } from 'vitest';
import { configFromObject } from './index.js';

const TOKYO = '1'.repeat(32);
const OSAKA = '2'.repeat(32);

const a = 'tokyo';
const b = 'osaka';
const byName = { tokyo: 0.25, osaka: 0.75 };
const byId = { [TOKYO]: 0.25, [OSAKA]: 0.75 };

describe('a load balancer of the file', () => {
  test('names pools, and the account has their ids', () => {
    const { desired } = configFromObject({
      zones: [
        {
          name: 'example.com',
          load_balancers: [
            {
              name: 'app.example.com',
              proxied: true,
              default_pools: [a, b],
              region_pools: { WEU: [b] },
              country_pools: { JP: [a, OSAKA] },
              pop_pools: { NRT: [a] },
              random_steering: { pool_weights: byName },
              rules: [
                { overrides: { pools: [b, a], pool_weights: byName } },
                { overrides: { default_pools: [a], fallback_pool: b, region_pools: { WEU: [a] } } },
                { overrides: { random_steering: { pool_weights: byName } } },
              ],
              pool_sets: [{ overrides: { pools: [b], pool_weights: byName, fallback_pool: a } }],
            },
          ],
        },
      ],
      pools: [
        { id: TOKYO, name: a, origins: [{ name: 'a', address: '192.0.2.1' }] },
        { id: OSAKA, name: b, origins: [{ name: 'a', address: '192.0.2.2' }] },
      ],
    });
    const loadBalancer = desired.objects.find(({ kind }) => kind === 'load_balancers')?.object;
    expect(loadBalancer).toMatchObject({
      default_pools: [TOKYO, OSAKA],
      fallback_pool: OSAKA,
      region_pools: { WEU: [OSAKA] },
      country_pools: { JP: [TOKYO, OSAKA] },
      pop_pools: { NRT: [TOKYO] },
      random_steering: { default_weight: 1, pool_weights: byId },
      rules: [
        { overrides: { pools: [OSAKA, TOKYO], pool_weights: byId } },
        { overrides: { default_pools: [TOKYO], fallback_pool: OSAKA, region_pools: { WEU: [TOKYO] } } },
        { overrides: { random_steering: { pool_weights: byId } } },
      ],
      pool_sets: [{ overrides: { pools: [OSAKA], pool_weights: byId, fallback_pool: TOKYO } }],
    });
  });
});
