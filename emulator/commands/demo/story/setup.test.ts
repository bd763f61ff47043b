import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { dirname } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadConfigFile } from '../../../config/index.js';
import { freePortFrom, prepareSetup, withPorts } from './setup.js';

const FILE = 'examples/story/colocal.yaml';

test('the file has no warnings, and takes free ports', async () => {
  const { warnings, listen } = await loadConfigFile(FILE);
  expect(warnings).toEqual([]);
  expect([listen.http, listen.connectors, listen.api].map((address) => address?.port)).toEqual([0, 0, 0]);
});

test('other ports take the place of those of the services, and of nothing else', () => {
  const text = withPorts(
    readFileSync(FILE, 'utf8'),
    new Map([
      [9201, 9301],
      [9202, 9201],
    ]),
  );
  expect(text.match(/service: http:.*$/gm)).toEqual([
    'service: http://127.0.0.1:9301',
    'service: http://127.0.0.1:9201',
  ]);
  expect(text).toContain('http: 127.0.0.1:0');
});

test('a port that somebody listens on, or that is taken already, is passed over', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const found = await freePortFrom(port, new Set([port + 1]));
  expect(found).toBeGreaterThan(port + 1);
});

test('every service has its origin, every connector a token; the copy is removed', async () => {
  const setup = await prepareSetup();
  const file = setup.edge.args[2] ?? '';
  const services = readFileSync(file, 'utf8').match(/(?<=service: http:\/\/)\S+/g);
  expect(Array.from(setup.origins.values(), ({ args }) => args.at(-1))).toEqual(services);
  const connectors = [...setup.connectors('ws://127.0.0.1:1').values()];
  expect(connectors.map(({ tunnel }) => tunnel)).toEqual(['tokyo', 'tokyo', 'tokyo', 'osaka']);
  expect(connectors.every(({ environment }) => environment?.TUNNEL_TOKEN?.startsWith('eyJ'))).toBe(true);
  await setup.remove();
  expect(existsSync(dirname(file))).toBe(false);
});
