import { describe, expect, test } from 'vitest';
import { useApi, ZONE_ID, zone } from '../support/api.js';
import { useServer } from '../support/servers.js';

const TOKYO = '11111111-1111-4111-8111-111111111111';
const OSAKA = '22222222-2222-4222-8222-222222222222';
const UNKNOWN = '99999999-9999-4999-8999-999999999999';
const tunnels = [
  { id: TOKYO, name: 'tokyo' },
  { id: OSAKA, name: 'osaka' },
];
const dns = (user_hostname: string, overwrite_existing = false) => ({ type: 'dns', user_hostname, overwrite_existing });
const lb = (lb_name: string, lb_pool: string) => ({ type: 'lb', lb_name, lb_pool });
const routes = (tunnel: string): string => zone(`/tunnels/${tunnel}/routes`);

describe('route dns', () => {
  test('publishes a host name by a proxied CNAME to the tunnel', async () => {
    const { call, emu } = await useApi({ tunnels });
    const answer = await call('PUT', routes(TOKYO), dns('app.example.com'));
    expect(answer).toMatchObject({ status: 200, result: { cname: 'new', name: 'app.example.com' } });
    expect([...emu.state.read().dns_records.values()]).toMatchObject([
      { name: 'app.example.com', type: 'CNAME', content: `${TOKYO}.cfargotunnel.com`, proxied: true, zone_id: ZONE_ID },
    ]);
    expect((await call('PUT', routes(TOKYO), dns('app.example.com'))).result.cname).toBe('unchanged');
  });

  test('completes a short name, and one of another zone, with the zone', async () => {
    const { call } = await useApi({ tunnels });
    expect((await call('PUT', routes(TOKYO), dns('App'))).result.name).toBe('app.example.com');
    expect((await call('PUT', routes(TOKYO), dns('x.example.org'))).result.name).toBe('x.example.org.example.com');
    expect((await call('PUT', routes(TOKYO), dns('*.example.com'))).result).toEqual({
      cname: 'new',
      name: '*.example.com',
    });
  });

  test('replaces another record only when it is told to', async () => {
    const { call, emu } = await useApi({
      tunnels,
      zones: [
        {
          id: ZONE_ID,
          name: 'example.com',
          dns_records: ['192.0.2.1', '192.0.2.2'].map((content) => ({ name: 'app', type: 'A' as const, content })),
        },
      ],
    });
    expect(await call('PUT', routes(TOKYO), dns('app.example.com'))).toMatchObject({
      status: 400,
      errors: [{ code: 1003, message: 'An A, AAAA, or CNAME record with that host already exists.' }],
    });
    expect((await call('PUT', routes(TOKYO), dns('app.example.com', true))).result.cname).toBe('updated');
    expect((await call('PUT', routes(OSAKA), dns('app.example.com', true))).result.cname).toBe('updated');
    expect([...emu.state.read().dns_records.values()]).toMatchObject([{ content: `${OSAKA}.cfargotunnel.com` }]);
  });

  test('leaves mail and text records of the name as they are', async () => {
    const { call, emu } = await useApi({
      tunnels,
      zones: [
        {
          id: ZONE_ID,
          name: 'example.com',
          dns_records: [
            { name: '@', type: 'MX', content: 'mail.example.com', priority: 10 },
            { name: '@', type: 'TXT', content: '"v=spf1 -all"' },
          ],
        },
      ],
    });
    expect((await call('PUT', routes(TOKYO), dns('example.com'))).result.cname).toBe('new');
    expect((await call('PUT', routes(OSAKA), dns('example.com', true))).result.cname).toBe('updated');
    const types = [...emu.state.read().dns_records.values()].map(({ type }) => type);
    expect(types.sort()).toEqual(['CNAME', 'MX', 'TXT']);
  });
});

describe('route lb', () => {
  test('makes a load balancer and a pool, and adds to them', async () => {
    const { call, emu } = await useApi({ tunnels });
    const put = async (tunnel: string, name: string, pool: string) =>
      Object.values((await call('PUT', routes(tunnel), lb(name, pool))).result as object);
    // Load balancer, then pool.
    expect(await put(TOKYO, 'app.example.com', 'asia')).toEqual(['new', 'new']);
    expect(await put(TOKYO, 'app.example.com', 'asia')).toEqual(['unchanged', 'unchanged']);
    expect(await put(OSAKA, 'app.example.com', 'asia')).toEqual(['unchanged', 'updated']);
    expect(await put(OSAKA, 'app.example.com', 'spare')).toEqual(['updated', 'new']);
    expect(await put(OSAKA, 'api.example.com', 'asia')).toEqual(['new', 'unchanged']);
    const { pools, load_balancers } = emu.state.read();
    expect([...pools.values()]).toMatchObject([
      { name: 'asia', origins: [{ address: `${TOKYO}.cfargotunnel.com` }, { address: `${OSAKA}.cfargotunnel.com` }] },
      { name: 'spare', origins: [{ name: 'osaka', address: `${OSAKA}.cfargotunnel.com` }] },
    ]);
    const [asia, spare] = pools.keys();
    expect([...load_balancers.values()]).toMatchObject([
      { name: 'app.example.com', proxied: true, default_pools: [asia, spare], fallback_pool: asia },
      { name: 'api.example.com', proxied: true, default_pools: [asia], fallback_pool: asia },
    ]);
  });

  test('is refused for a load balancer that is not proxied', async () => {
    const { call } = await useApi({
      tunnels,
      pools: [{ name: 'asia', origins: [{ name: 'a', address: '192.0.2.1' }] }],
      zones: [
        { id: ZONE_ID, name: 'example.com', load_balancers: [{ name: 'app.example.com', default_pools: ['asia'] }] },
      ],
    });
    expect(await call('PUT', routes(TOKYO), lb('app.example.com', 'asia'))).toMatchObject({
      status: 400,
      errors: [{ code: 1004, message: 'Cannot use tunnel as origin for non-proxied load balancer' }],
    });
  });

  test('is in effect with the next request', async () => {
    const { call, emu } = await useApi({ tunnels: [{ id: TOKYO, name: 'tokyo' }] });
    const { port } = await useServer((_request, response) => response.end('from the tunnel'));
    await emu.connect({ tunnel: 'tokyo', config: { ingress: [{ service: `http://127.0.0.1:${port}` }] } });
    await call('PUT', routes(TOKYO), lb('lb.example.com', 'asia'));
    await call('PUT', routes(TOKYO), dns('dns.example.com'));
    for (const name of ['lb', 'dns']) {
      expect(await (await emu.fetch(`http://${name}.example.com/`)).text()).toBe('from the tunnel');
    }
  });
});

describe('a host name of a tunnel is refused', () => {
  test.each([
    [UNKNOWN, dns('app.example.com'), 404, 1002],
    [TOKYO, dns(''), 400, 1000],
    [TOKYO, dns('a b'), 400, 1000],
    [TOKYO, lb('app.example.com', ''), 400, 1000],
    [TOKYO, lb('app.example.com', 'no spaces'), 400, 1000],
    [TOKYO, { type: 'mx' }, 400, 1000],
  ])('%s %j', async (tunnel, body, status, code) => {
    const { call, emu } = await useApi({ tunnels });
    const before = emu.state.read();
    const answer = await call('PUT', routes(tunnel), body);
    expect(answer).toMatchObject({ status, success: false, errors: [{ code }] });
    expect(emu.state.read()).toBe(before);
  });
});
