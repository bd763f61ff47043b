import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../../emulator/config/index.js';
import type { ConfigInput } from '../../emulator/index.js';
import { readUntil } from '../support/client.js';
import { useEmulator } from '../support/emulator.js';
import { useSockets } from '../support/servers.js';

const page = readFileSync(new URL('../../docs/layer-4.md', import.meta.url), 'utf8');
const yaml = /^```yaml\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? '';

test('docs/layer-4.md has an example that loads without a warning', () => {
  expect(parseConfig(yaml, 'docs/layer-4.md').warnings).toEqual([]);
});

test('the example of docs/layer-4.md leads to both of its endpoints', async () => {
  const server = (name: string) =>
    useSockets((socket) => socket.once('data', (header) => socket.end(`${name} ${header}`)));
  const [first, second] = [await server('first'), await server('second')];
  // Only ports are others here: those of the page may be taken.
  const config = parse(
    yaml.replace('port: 5433', `port: ${first.port}`).replace('127.0.0.1:5432', '127.0.0.1:0'),
  ) as ConfigInput;
  const emu = await useEmulator({ config });
  await emu.connect({ tunnel: 'site', connections: 1, maps: [`10.128.0.1:5432=127.0.0.1:${second.port}`] });
  const ca = await emu.caPem();
  const port = Number(new URL(emu.spectrum.db ?? '').port);
  const said = new Set<string>();
  for (let time = 0; time < 20 && said.size < 2; time++) {
    const socket = connect({ port, host: '127.0.0.1', servername: 'in.example.com', ca });
    onTestFinished(() => void socket.destroy());
    const text = await readUntil(socket, (sofar) => sofar.endsWith('\r\n'));
    expect(text).toBe(`${text.split(' ', 1)[0]} PROXY TCP4 127.0.0.1 127.0.0.1 ${socket.localPort} ${port}\r\n`);
    said.add(text.split(' ', 1)[0] ?? '');
  }
  expect([...said].sort()).toEqual(['first', 'second']);
});
