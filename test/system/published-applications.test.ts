import { expect, test } from 'vitest';
import type { ConfigInput } from '../../emulator/index.js';
import { useCloudflared } from '../support/cloudflared.js';
import { respond } from '../support/cloudflared-peer.js';
import { useEmulator } from '../support/emulator.js';
import { parseRoute } from '../support/route.js';
import { useOrigin } from '../support/servers.js';

const WEB = '11111111-2222-4333-8444-555555555555';
const UNCONNECTED = '22222222-2222-4333-8444-555555555555';
const UNKNOWN = '33333333-2222-4333-8444-555555555555';

const to = (name: string, tunnel: string, proxied = true) =>
  ({ name, type: 'CNAME', content: `${tunnel}.cfargotunnel.com`, proxied }) as const;

function configOf(port: number): ConfigInput {
  const balancer = { proxied: true, default_pools: ['direct'], fallback_pool: 'direct' };
  return {
    zones: [
      {
        name: 'example.com',
        load_balancers: [
          { ...balancer, name: 'both.example.com' },
          { ...balancer, name: '*.wide.example.com' },
          { ...balancer, name: 'off.example.com', enabled: false },
        ],
        dns_records: [
          to('*', WEB),
          to('exact', UNCONNECTED),
          to('gone', UNKNOWN),
          to('grey', WEB, false),
          to('both', WEB),
          to('*.wide', WEB),
          to('record.wide', WEB),
          to('off', WEB),
        ],
      },
    ],
    pools: [{ name: 'direct', origins: [{ name: 'direct', address: '127.0.0.1', port }] }],
    tunnels: [
      { name: 'web', id: WEB, config: { ingress: [{ service: `http://127.0.0.1:${port}` }] } },
      { name: 'unconnected', id: UNCONNECTED },
    ],
  };
}

/** docs/reference/load-balancing.md 1.1 and 9.2. */
test('a name goes where its record or load balancer says, the more specific first, and at one name the load balancer', async () => {
  const origin = await useOrigin();
  const emu = await useEmulator({ config: configOf(origin.address.port) });
  await emu.connect({ tunnel: 'web', location: 'NRT' });
  const at = async (name: string) => {
    const response = await emu.fetch(`http://${name}.example.com/`);
    const { lb, tunnel } = parseRoute(response.headers.get('colocal-route'));
    return { status: response.status, error: response.headers.get('cf-error-type') ?? undefined, lb, tunnel };
  };
  expect(await at('any')).toMatchObject({ status: 200, tunnel: 'web', lb: undefined });
  expect(await at('a.b')).toMatchObject({ status: 200, tunnel: 'web' });
  expect(await at('both')).toMatchObject({ status: 200, tunnel: undefined, lb: 'both.example.com' });
  expect(await at('any.wide')).toMatchObject({ tunnel: undefined, lb: '*.wide.example.com' });
  expect(await at('record.wide')).toMatchObject({ status: 200, tunnel: 'web', lb: undefined });
  expect(await at('off')).toMatchObject({ status: 200, tunnel: 'web', lb: undefined });
  expect(await at('exact')).toMatchObject({ status: 530, error: '1033', tunnel: 'unconnected' });
  expect((await at('gone')).status).toBe(530);
  expect((await at('grey')).tunnel).toBeUndefined();
  expect(await (await emu.fetch('http://grey.example.com/')).text()).toContain('proxied: true');
});

test('cloudflared gets the name that was asked for, by a wildcard record too', async () => {
  const emu = await useEmulator({ config: configOf(9), listen: { cloudflared: ['127.0.0.1:0'] } });
  const peer = await useCloudflared(emu, 'web');
  peer.serve = (stream, headers) => {
    respond(stream, 200, []);
    stream.end(`for ${headers[':authority']}`);
  };
  expect(await (await emu.fetch('http://shop.example.com/')).text()).toBe('for shop.example.com');
  expect(await (await emu.fetch('http://off.example.com/')).text()).toBe('for off.example.com');
});
