import { describe, expect, test } from 'vitest';
import { ACCOUNT_ID, account, useApi } from '../support/api.js';

const account_id = ACCOUNT_ID;
const TOKYO = 'b'.repeat(32);
const MONITOR = 'd'.repeat(32);
const config = {
  monitors: [{ id: MONITOR, name: 'web', expected_codes: '2xx' }],
  pools: [
    { id: TOKYO, name: 'tokyo', monitor: 'web', origins: [{ name: 'a', address: '192.0.2.1' }] },
    { name: 'osaka', origins: [{ name: 'a', address: '192.0.2.1' }] },
  ],
  zones: [
    {
      id: 'a'.repeat(32),
      name: 'example.com',
      load_balancers: [{ name: 'app.example.com', default_pools: ['tokyo'] }],
    },
  ],
};

describe('the search', () => {
  test('finds load balancers, pools and monitors by name and id, in any case', async () => {
    const { sdk } = await useApi(config);
    const find = async (query?: string): Promise<unknown[]> => {
      const page = await sdk.loadBalancers.searches.list({ account_id, ...(query === undefined ? {} : { query }) });
      const { resources = [] } = page.result as { resources?: { resource_name: string }[] };
      return resources.map(({ resource_name }) => resource_name).sort();
    };
    expect(await find('TOK')).toEqual(['tokyo']);
    expect(await find('app.')).toEqual(['app.example.com']);
    expect(await find(TOKYO)).toEqual(['tokyo']);
    expect(await find('nothing')).toEqual([]);
    expect(await find()).toEqual(['app.example.com', 'osaka', 'tokyo', 'web']);
  });

  test('tells of both sides of each, as far as it is asked', async () => {
    const { call } = await useApi(config);
    const referencesOf = async (references: string): Promise<unknown> => {
      const { result } = await call('GET', account(`/load_balancers/search?query=tokyo&references=${references}`));
      expect(result.resources).toMatchObject([{ reference_type: '*', resource_id: TOKYO, resource_type: 'pool' }]);
      return result.resources[0].references.map((each: Record<string, string>) => [
        each.reference_type,
        each.resource_type,
        each.resource_name,
      ]);
    };
    const referrer = ['referrer', 'load_balancer', 'app.example.com'];
    const referral = ['referral', 'monitor', 'web'];
    expect(await referencesOf('')).toEqual([]);
    expect(await referencesOf('%2A')).toEqual([referrer, referral]);
    expect(await referencesOf('referrer')).toEqual([referrer]);
    expect(await referencesOf('referral')).toEqual([referral]);
  });

  test('comes page by page, with an empty one behind the end', async () => {
    const { call } = await useApi(config);
    const page = async (number: number) => call('GET', account(`/load_balancers/search?page=${number}&per_page=3`));
    expect(await page(1)).toMatchObject({
      result_info: { page: 1, per_page: 3, count: 3, total_count: 4, total_pages: 2 },
    });
    expect((await page(2)).result.resources).toHaveLength(1);
    expect((await page(3)).result.resources).toEqual([]);
  });
});

describe('the regions', () => {
  interface Region {
    readonly region_code: string;
    readonly countries: readonly { readonly country_code_a2: string; readonly country_name: string }[];
  }

  test('are thirteen, with the names of their countries', async () => {
    const { sdk } = await useApi();
    const { iso_standard, regions } = (await sdk.loadBalancers.regions.list({ account_id })) as {
      iso_standard: string;
      regions: Region[];
    };
    expect(iso_standard).toContain('ISO 3166-1');
    expect(regions).toHaveLength(13);
    const neas = regions.find(({ region_code }) => region_code === 'NEAS');
    expect(neas?.countries).toContainEqual({ country_code_a2: 'JP', country_name: 'Japan' });
    expect(await sdk.loadBalancers.regions.get('NEAS', { account_id })).toEqual(neas);
  });

  test('are found by country and by state', async () => {
    const { sdk, call } = await useApi();
    const of = async (query: Record<string, string>): Promise<Region[]> => {
      const found = await sdk.loadBalancers.regions.list({ account_id, ...query });
      return (found as { regions: Region[] }).regions;
    };
    expect(await of({ country_code_a2: 'JP' })).toEqual([
      { region_code: 'NEAS', countries: [{ country_code_a2: 'JP', country_name: 'Japan' }] },
    ]);
    expect((await of({ country_code_a2: 'US' })).map(({ region_code }) => region_code).sort()).toEqual([
      'ENAM',
      'WNAM',
    ]);
    const texas = [
      {
        region_code: 'WNAM',
        countries: [
          {
            country_code_a2: 'US',
            country_name: 'United States',
            country_subdivisions: [{ subdivision_code_a2: 'TX', subdivision_name: 'Texas' }],
          },
        ],
      },
    ];
    expect(await of({ country_code_a2: 'US', subdivision_code_a2: 'TX' })).toEqual(texas);
    expect(await of({ subdivision_code: 'US-TX' })).toEqual(texas);
    expect(await of({ country_code_a2: 'QQ' })).toEqual([]);
    expect(await call('GET', account('/load_balancers/regions/ATLANTIS'))).toMatchObject({
      status: 404,
      errors: [{ code: 7003 }],
    });
  });

  test('have a name for every state and province', async () => {
    const { call } = await useApi();
    const { result } = await call('GET', '/user/load_balancers/regions');
    const parts = JSON.stringify(result).match(/"subdivision_name":"[^"]*"/g) ?? [];
    expect(parts).toHaveLength(64);
    expect(parts.filter((part) => /"[A-Z]{2}"/.test(part))).toEqual([]);
  });
});
