import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import { readUntil } from '../support/client.js';
import { basic, connectBy } from '../support/on-ramp.js';
import { ComposeProject } from './support/compose-project.js';
import { DIAL } from './support/dial.js';
import { noEngine } from './support/docker.js';
import { eventually } from './support/eventually.js';
import { get, getMany, origins, statuses } from './support/traffic.js';

/** What both sites have, and each for itself. */
const ADDRESS = '10.128.0.1';
const SITES = ['staging', 'production'] as const;
type Site = (typeof SITES)[number];

const other = (site: Site): Site => (site === 'staging' ? 'production' : 'staging');
const hostOf = (site: Site): string => `${site}.example.com`;

// One setup, which each test leaves whole.
describe.skipIf(noEngine())('one address in two sites', () => {
  let project: ComposeProject;

  beforeAll(async () => {
    project = await ComposeProject.of('examples/virtual-networks/compose.yaml');
    await project.up();
  });
  afterAll(() => project.down());

  /** Puts the last lines of the log beside a failure. */
  function withLog(): void {
    onTestFailed(async () => {
      console.error(await project.compose('logs', '--tail', '15'));
    });
  }

  /** What alice gets by the on-ramp in a virtual network: the origin's name, or the status of the refusal. */
  async function byOnRamp(network: Site): Promise<string | number> {
    const alice = basic(`alice@example.com+${network}`, 'wonderland');
    const { status, socket } = await connectBy(project.onRamp, `${ADDRESS}:8080`, [alice]);
    try {
      if (status !== 200) return status;
      socket.write(`GET / HTTP/1.1\r\nHost: ${ADDRESS}\r\nConnection: close\r\n\r\n`);
      const answer = await readUntil(socket, (text) => text.includes('\r\n\r\n'));
      return /^x-origin: (\S+)/im.exec(answer)?.[1] ?? answer;
    } finally {
      socket.destroy();
    }
  }

  /** What a load balancer's client and alice get in a site's network, each once it is that. */
  async function becomes(site: Site, status: number): Promise<void> {
    await eventually(`${site} answers ${status}`, async () => {
      return (await get(project.http, hostOf(site))).status === status || undefined;
    });
  }

  test('is where the origin of each is, and nobody else has it', async () => {
    for (const site of SITES) {
      const say = `fetch('http://${ADDRESS}:8080/').then((answer) => console.log(answer.headers.get('x-origin')))`;
      expect(await project.node(`${site}-connector`, say)).toBe(site);
    }
    const addresses = "console.log(Object.values(require('node:os').networkInterfaces()).flat().map((a) => a.address))";
    expect(await project.node('edge', addresses)).not.toContain(ADDRESS);
    expect(await project.node('staging-connector', addresses)).toContain(ADDRESS);
  });

  test('is reached by both load balancers at the same time, each in its own network', async () => {
    const many = await Promise.all(SITES.map((site) => getMany(project.http, hostOf(site), 20)));
    for (const [index, site] of SITES.entries()) {
      expect(statuses(many[index] ?? [])).toEqual([200]);
      expect(origins(many[index] ?? [])).toEqual([site]);
      expect(new Set(many[index]?.map(({ tunnel }) => tunnel))).toEqual(new Set([site]));
    }
  });

  test('is reached by people in the network that they name', async () => {
    for (const site of SITES) expect(await byOnRamp(site)).toBe(site);
  });

  test.each(SITES)('is out of reach past the tunnel: %s', async (site) => {
    // The machine has an address in the network of the tunnels too, and the origin is not there.
    expect(await project.node('edge', DIAL, site, '8080')).toBe('ECONNREFUSED');
    expect(await project.node(`${other(site)}-connector`, DIAL, site, '8080')).toBe('ECONNREFUSED');
  });

  test.each([
    { what: 'origin', service: 'app', status: 521 },
    { what: 'connector', service: 'connector', status: 530 },
  ])('is not that of the other network when its own has no $what: $status, until it is back', async (stopped) => {
    withLog();
    const service = `staging-${stopped.service}`;
    await project.compose('stop', service);
    await becomes('staging', stopped.status);
    const without = await getMany(project.http, hostOf('staging'), 10);
    expect(statuses(without)).toEqual([stopped.status]);
    expect(origins(without)).toEqual([]);
    expect(await byOnRamp('staging')).toBe(stopped.status);
    // The other network does not notice.
    expect(origins(await getMany(project.http, hostOf('production'), 10))).toEqual(['production']);
    expect(await byOnRamp('production')).toBe('production');
    await project.up();
    await becomes('staging', 200);
    expect(origins(await getMany(project.http, hostOf('staging'), 10))).toEqual(['staging']);
    expect(await byOnRamp('staging')).toBe('staging');
  });

  test('`down` leaves nothing', async () => {
    expect(await project.left()).not.toEqual([]);
    await project.down();
    expect(await project.left()).toEqual([]);
  });
});
