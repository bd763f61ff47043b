import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import { ComposeProject } from './support/compose-project.js';
import { DIAL } from './support/dial.js';
import { noEngine } from './support/docker.js';
import { eventually } from './support/eventually.js';
import { type Answer, get, getMany, notOk, origins, statuses } from './support/traffic.js';

const APP = 'app.example.com';
const COMPOSE = 'examples/private-ip/compose.yaml';
const SERVERS = { 'app-1': '10.83.0.11', 'app-2': '10.83.0.12' } as const;
/** Enough that with two endpoints drawn evenly a healthy one is missed once in 10^9 runs. */
const MANY = 30;

const INTERFACES = `
  const addresses = Object.values(require('node:os').networkInterfaces()).flat().map(({ address }) => address);
  console.log(JSON.stringify(addresses));`;

function tunnels(answers: readonly Answer[]): string[] {
  return [...new Set(answers.flatMap(({ tunnel }) => tunnel ?? []))].sort();
}

describe.skipIf(noEngine()).each([
  { layout: 'gateway', connectorOf: () => 'gateway-connector', tunnelOf: () => 'gateway' },
  {
    layout: 'per-server',
    connectorOf: (number: string) => `per-server-connector-${number}`,
    tunnelOf: (number: string) => `server-${number}`,
  },
])('private addresses, $layout', ({ layout, connectorOf, tunnelOf }) => {
  let project: ComposeProject;

  // One setup for each layout, which each test leaves whole.
  beforeAll(async () => {
    project = await ComposeProject.of(COMPOSE, '--profile', layout);
    await project.up();
    await bothServers();
  });
  afterAll(() => project.down());

  /** Puts the last lines of the log beside a failure. */
  function withLog(): void {
    onTestFailed(async () => {
      console.error(await project.compose('logs', '--tail', '15'));
    });
  }

  /** Resolves once both servers are healthy everywhere, and answer. */
  async function bothServers(): Promise<void> {
    await eventually('both servers answer', async () => {
      const answers = await getMany(project.http, APP, MANY);
      return (origins(answers).length === 2 && notOk(answers).length === 0) || undefined;
    });
  }

  async function noticed(endpoint: string): Promise<void> {
    await eventually('the monitors notice', async () => (await project.notFailing(endpoint)) === 0 || undefined);
  }

  test('are reached, each by the tunnel whose route covers it', async () => {
    const answers = await getMany(project.http, APP, MANY);
    expect(statuses(answers)).toEqual([200]);
    expect(origins(answers)).toEqual(['app-1', 'app-2']);
    for (const { origin = '', tunnel } of answers) expect(tunnel).toBe(tunnelOf(origin.replace('app-', '')));
  });

  test.each(Object.entries(SERVERS))(
    'are where their servers are, out of reach of the edge: %s',
    async (app, address) => {
      const number = app.replace('app-', '');
      expect(await project.node(connectorOf(number), DIAL, address, '8080')).toBe('connected');
      expect(await project.node(`${layout}-edge`, DIAL, address, '8080')).not.toBe('connected');
      // Where a server has an address in the network of the tunnels too, the app is not there.
      if (layout === 'per-server') {
        expect(await project.node('per-server-edge', DIAL, `per-server-${number}`, '8080')).toBe('ECONNREFUSED');
      }
    },
  );

  test('an origin that stops is passed over, and is back when it is', async () => {
    withLog();
    await project.compose('stop', `${layout}-app-1`);
    // Also before the monitors notice: 521 is among the errors after which another endpoint is tried.
    const without = await getMany(project.http, APP, MANY);
    expect(notOk(without)).toEqual([]);
    expect(origins(without)).toEqual(['app-2']);
    await noticed('app-1');
    await project.upAgain();
    await bothServers();
  });

  test('a connector that stops takes with it what it leads to, and no more', async () => {
    withLog();
    await project.compose('stop', connectorOf('1'));
    await noticed('app-1');
    const without = await getMany(project.http, APP, MANY);
    if (layout === 'gateway') {
      expect(statuses(without)).toEqual([530]);
    } else {
      expect(notOk(without)).toEqual([]);
      expect(origins(without)).toEqual(['app-2']);
      expect(tunnels(without)).toEqual(['server-2']);
    }
    await project.upAgain();
    await bothServers();
  });

  // The other layout has no router to stop.
  if (layout === 'gateway') {
    test('the gateway is not in the network of the servers, but has a way there', async () => {
      withLog();
      const addresses: string[] = JSON.parse(await project.node('gateway-connector', INTERFACES));
      expect(addresses).toContain('10.84.0.11');
      expect(addresses.filter((address) => address.startsWith('10.83.'))).toEqual([]);
      await project.compose('stop', 'gateway-router');
      for (const [app, address] of Object.entries(SERVERS)) {
        expect(await project.node('gateway-connector', DIAL, address, '8080')).not.toBe('connected');
        await noticed(app);
      }
      expect(await project.connectors('gateway')).toBe(1);
      await project.upAgain();
      await bothServers();
    });
  }

  test('`down` leaves nothing', async () => {
    expect((await get(project.http, APP)).status).toBe(200);
    expect(await project.left()).not.toEqual([]);
    await project.down();
    expect(await project.left()).toEqual([]);
  });
});
