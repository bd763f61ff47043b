import { expect, test } from 'vitest';
import { loadConfigFile } from '../../config/index.js';
import { renderBanner } from './banner.js';
import { castDemo } from './cast.js';

const FILE = 'examples/demo/colocal.yaml';

test('the banner fits 80 columns, whatever the process ids', async () => {
  const config = await loadConfigFile(FILE);
  const { edge, origins, connectors } = castDemo(config, FILE);
  const { http, api } = config.listen;
  if (!http || !api) throw new Error('the demo listens');
  const processes = [edge, ...connectors, ...origins].map((role) => ({ ...role, pid: 4_194_304 }));
  const banner = renderBanner({ http, api, processes });
  expect(banner.split('\n').filter((line) => line.length > 80)).toEqual([]);
  expect(banner).not.toContain('…');
  expect(banner.match(/^ {2}curl .*$/gm)).toHaveLength(4);
});

test('every service of the file has an origin, and every tunnel a connector with its token', async () => {
  const config = await loadConfigFile(FILE);
  const { origins, connectors } = castDemo(config, FILE);
  const listening = origins.map((role) => `http://${role.args.at(-1)}`);
  for (const object of config.desired.objects) {
    if (object.kind !== 'configurations') continue;
    for (const { service } of object.object.config.ingress ?? []) {
      if (service.startsWith('http:')) expect(listening).toContain(service);
    }
  }
  const maps = connectors.flatMap((role) => role.args.filter((arg) => arg.includes('=')));
  for (const map of maps) expect(listening).toContain(`http://${map.split('=')[1]}`);
  const tokens = new Set(connectors.map((role) => role.environment?.TUNNEL_TOKEN));
  expect(tokens.size).toBe(config.desired.objects.filter((object) => object.kind === 'tunnels').length);
  expect(connectors.flatMap((role) => role.args).join(' ')).not.toContain('eyJ');
});

test('the file has no warnings', async () => {
  expect((await loadConfigFile(FILE)).warnings).toEqual([]);
});
