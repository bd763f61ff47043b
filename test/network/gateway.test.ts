import { describe, expect, test } from 'vitest';
import { leavesNothingBehind } from '../processes/support/left-behind.js';
import { Lab } from './support/lab.js';
import { noNamespaces } from './support/namespaces.js';
import type { Came } from './support/visits.js';

const missing = noNamespaces();
if (missing) console.warn(`NO NETWORK NAMESPACES (${missing}): the tests of test/network are SKIPPED, not passed`);

leavesNothingBehind();

/** Enough that with two endpoints drawn evenly each is taken, but for once in 10^9 runs. */
const MANY = 30;

/** A safety net for a machine that is busy. Milliseconds. */
const timeout = 120_000;

/** A cable that is cut is noticed within 9 s: probes are 5 s apart, and each has 4 s. */
const CONFIG = `
settings: { minimum_monitor_interval: 5 }
data_centers: [NRT]
zones:
  - name: example.com
    settings: { ssl: flexible }
    load_balancers: [{ name: plant.example.com, proxied: true, default_pools: [plant] }]
monitors: [{ name: web, path: /health, expected_codes: "200", interval: 5, timeout: 4, retries: 0 }]
pools:
  - name: plant
    monitor: web
    origins:
      - { name: press, address: 10.128.1.1, virtual_network: plant }
      - { name: lathe, address: 10.128.1.2, virtual_network: plant }
virtual_networks: [{ name: plant }]
tunnels:
  - name: gateway
    tunnel_secret: ${Buffer.from('secret of the network tests, gateway').toString('base64')}
    config: { ingress: [{ service: "http_status:404" }] }
    routes: [{ network: 10.128.1.0/24, virtual_network: plant }]
`;

describe.skipIf(missing)('a connector that is a gateway', { timeout }, () => {
  test('serves every server it has a way to; one behind a cut cable is left out, and taken back', async () => {
    const { lab, edge } = await Lab.open(CONFIG);
    const site = await lab.site('gateway', { press: '10.128.1.1', lathe: '10.128.1.2' });
    const turned = (endpoint: string, to: string) =>
      edge.program.err.next(new RegExp(`endpoint ${endpoint} of pool plant is ${to} `));
    const servers = async (): Promise<readonly string[]> => {
      const came = await lab.visit(Array(MANY).fill({ by: edge.http, to: 'plant.example.com' }));
      return [...new Set(came.map(({ status, origin }: Came) => `${status} ${origin}`))].sort();
    };
    const both = ['200 gateway-lathe', '200 gateway-press'];
    await turned('press', 'healthy');
    expect(await servers()).toEqual(both);
    site.cut('press');
    await turned('press', 'unhealthy');
    expect(await servers()).toEqual(['200 gateway-lathe']);
    site.mend('press');
    await turned('press', 'healthy');
    expect(await servers()).toEqual(both);
  });
});
