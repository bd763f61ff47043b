import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { ConfigInput, Emulator } from '../../emulator/index.js';
import { address, useEmulator } from '../support/emulator.js';
import { parseRoute } from '../support/route.js';
import { useServer } from '../support/servers.js';

/** The examples of docs/faults.md do what the page says. */
const page = readFileSync(new URL('../../docs/faults.md', import.meta.url), 'utf8');

function example(language: string): string {
  const found = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1];
  if (found === undefined) throw new Error(`docs/faults.md has no example in ${language}`);
  return found;
}

/** The page's file, as it stands there but for the app's port; its faults only where they are asked for. */
async function useWeb(options: { readonly faults?: true } = {}): Promise<Emulator> {
  const { port } = await useServer((_request, response) => response.end());
  const { faults, ...rest } = parse(example('yaml').replaceAll('port: 3000', `port: ${port}`)) as ConfigInput;
  return useEmulator({ config: options.faults && faults ? { ...rest, faults } : rest, clock: 'manual' });
}

const routeOf = async (emu: Emulator, colo = 'NRT') =>
  parseRoute((await emu.fetch('http://app.example.com/', { colo })).headers.get('colocal-route'));

test('in the file', async () => {
  const emu = await useWeb({ faults: true });
  const states = () => emu.faults.list().map(({ name, state }) => `${name} ${state}`);
  expect(states()).toEqual(['slow-sometimes active', 'tokyo-down waiting']);
  emu.faults.remove('slow-sometimes');
  expect(await routeOf(emu)).toMatchObject({ colo: 'NRT' });
  await emu.clock.advance('1m');
  expect(await routeOf(emu)).toMatchObject({ colo: 'KIX' });
  await emu.clock.advance('5m');
  expect(await routeOf(emu)).toMatchObject({ colo: 'NRT' });
  expect(states()).toEqual(['tokyo-down ended']);
});

test('by the API', async () => {
  const emu = await useWeb();
  const commands = [...example('sh').matchAll(/^curl -X (\w+) http:\/\/127\.0\.0\.1:7880(\S+)(?: -d '([^']*)')?$/gm)];
  const run = async (at: number): Promise<number> => {
    const [, method = '', path = '', body] = commands[at] ?? [];
    const answer = await fetch(`${address(emu, 'apiUrl')}${path}`, {
      method,
      // What curl calls a body that it is given by -d.
      ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
    });
    return answer.status;
  };
  expect(commands).toHaveLength(example('sh').trimEnd().split('\n').length);
  expect(await routeOf(emu)).toMatchObject({ endpoint: 'web-a', attempts: 1 });
  expect(await run(0)).toBe(201);
  expect(await routeOf(emu)).toMatchObject({ endpoint: 'web-b', attempts: 2 });
  expect(await run(1)).toBe(200);
  await emu.clock.advance('29s');
  expect(await routeOf(emu)).toMatchObject({ attempts: 2 });
  await emu.clock.advance('1s');
  expect(await routeOf(emu)).toMatchObject({ endpoint: 'web-a', attempts: 1 });
  expect(await run(2)).toBe(200);
  expect(emu.faults.list()).toEqual([]);
});

test('in a test', async () => {
  const emu = await useWeb();
  const AsyncFunction = (async () => undefined).constructor as FunctionConstructor;
  await AsyncFunction('emu', 'expect', example('js'))(emu, expect);
  expect(emu.faults.list()).toEqual([]);
});
