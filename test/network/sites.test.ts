import { describe, expect, test } from 'vitest';
import { leavesNothingBehind } from '../processes/support/left-behind.js';
import { Lab, type Site } from './support/lab.js';
import { noNamespaces } from './support/namespaces.js';
import type { Visit } from './support/visits.js';

const missing = noNamespaces();
if (missing) console.warn(`NO NETWORK NAMESPACES (${missing}): the tests of test/network are SKIPPED, not passed`);

leavesNothingBehind();

/** Both sites own it. */
const SHARED = '10.128.0.1';
const MANY = 40;

const SITES = ['staging', 'production'] as const;
type SiteName = (typeof SITES)[number];

/** Either site has an address of its own beside the one they share. */
const OWN: Readonly<Record<SiteName, string>> = { staging: '10.128.0.2', production: '10.128.0.3' };

/**
 * Seconds that staging's connector waits for a connection. Linux asks three times, a second apart, who has the next hop,
 * and then says that no host is there: less than 3, or what has a route and no answer were `unreachable` and not late.
 */
const PATIENCE = 2;

/** A safety net: each test starts seven processes, which takes its time on a machine that is busy. Milliseconds. */
const timeout = 120_000;

const WARP_ROUTING: Readonly<Record<SiteName, string>> = {
  staging: `, warp-routing: { connectTimeout: ${PATIENCE} }`,
  production: '',
};

const CONFIG = `
zones:
  - name: example.com
    settings: { ssl: flexible }
    load_balancers:
${SITES.map((site) => `      - { name: ${site}.example.com, proxied: true, default_pools: [${site}] }`).join('\n')}
pools:
${SITES.map((site) => `  - { name: ${site}, origins: [{ name: web, address: ${SHARED}, virtual_network: ${site} }] }`).join('\n')}
virtual_networks: [{ name: staging }, { name: production }]
tunnels:
${SITES.map(
  (site) => `  - name: ${site}
    tunnel_secret: ${Buffer.from(`secret of the network tests, ${site}`).toString('base64')}
    config: { ingress: [{ service: "http_status:404" }]${WARP_ROUTING[site]} }
    routes: [{ network: ${SHARED}/32, virtual_network: ${site} }, { network: ${OWN[site]}/32, virtual_network: ${site} }]`,
).join('\n')}
`;

async function useSites() {
  const { lab, edge } = await Lab.open(CONFIG);
  const [staging, production] = await Promise.all(SITES.map((site) => lab.site(site, { web: SHARED, own: OWN[site] })));
  if (!staging || !production) throw new Error('both sites have been made');
  const overHttp = (site: SiteName): Visit => ({ by: edge.http, to: `${site}.example.com` });
  const onRamp = (site: SiteName, address = SHARED): Visit => ({
    by: edge.onRamp,
    to: `${address}:80`,
    user: `+${site}`,
  });
  return { lab, staging, production, overHttp, onRamp };
}

describe.skipIf(missing)('two sites that own the same address', { timeout }, () => {
  test('are each reached by their own load balancer and their own people, all at the same time', async () => {
    const { lab, overHttp, onRamp } = await useSites();
    const visits = Array.from({ length: MANY }, () => SITES.flatMap((site) => [overHttp(site), onRamp(site)])).flat();
    const came = await lab.visit(visits);
    const expected = SITES.flatMap((site) => Array(2).fill({ status: 200, origin: `${site}-web` }));
    expect(came).toEqual(Array(MANY).fill(expected).flat());
  });

  test('have no way to what only the other one has', async () => {
    const { lab, onRamp } = await useSites();
    const came = await lab.visit([
      onRamp('staging', OWN.staging),
      onRamp('production', OWN.production),
      onRamp('staging', OWN.production),
      onRamp('production', OWN.staging),
    ]);
    expect(came).toEqual([
      { status: 200, origin: 'staging-own' },
      { status: 200, origin: 'production-own' },
      // No route in the virtual network (docs/reference/load-balancing.md 14.26).
      { status: 523 },
      { status: 523 },
    ]);
  });

  test.each<[string, number, (site: Site) => void, (site: Site) => void]>([
    // The system knows at once that it has no way there.
    ['whose cable is unplugged at the connector', 523, (site) => site.unplug('web'), (site) => site.plug('web')],
    // The route stands, and nobody says that they are the next hop.
    ['whose cable is cut at the far end', 522, (site) => site.cut('web'), (site) => site.mend('web')],
    // What is sent arrives, and nobody answers it.
    ['whose server drops what is sent to it', 522, (site) => site.drop('web'), (site) => site.undrop('web')],
  ])('one %s: %i by either way in; the other is not touched, and it comes back', async (_what, status, cut, mend) => {
    const { lab, staging, overHttp, onRamp } = await useSites();
    const visits = [overHttp('staging'), onRamp('staging'), overHttp('production'), onRamp('production')];
    const well = [
      ...Array(2).fill({ status: 200, origin: 'staging-web' }),
      ...Array(2).fill({ status: 200, origin: 'production-web' }),
    ];
    // No connection stands before: on one that is kept a request would be sent, and wait for its answer.
    cut(staging);
    expect(await lab.visit(visits)).toEqual([{ status }, { status }, ...well.slice(2)]);
    mend(staging);
    // The system may still be asking who has the next hop, from before: it finds nobody once more, and then anew.
    while ((await lab.visit(visits.slice(0, 1)))[0]?.status !== 200);
    expect(await lab.visit(visits)).toEqual(well);
  });
});
