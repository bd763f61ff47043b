import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { run } from '../../emulator/cli.js';
import { useOutput } from '../../emulator/commands/output.fixture.js';
import { sentEvents } from '../../emulator/commands/sent-events.js';
import { type ConfigInput, type Emulator, startEmulator } from '../../emulator/index.js';
import type { RequestFilter } from '../../emulator/observe/request-filter.js';
import { requestLine } from '../../emulator/observe/request-line.js';
import { address, useEmulator } from '../support/emulator.js';
import { useServer } from '../support/servers.js';

/** The examples of docs/journal.md do what the page says. */
const page = readFileSync(new URL('../../docs/journal.md', import.meta.url), 'utf8');

const examples = [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({
  language,
  text: text.trimEnd(),
}));

/** The example that has this in it. */
function example(text: string): string {
  const found = examples.find((each) => each.text.includes(text));
  if (!found) throw new Error(`docs/journal.md has no example with ${text}`);
  return found.text;
}

const output = useOutput();

/** The pool of the page, whose endpoint stands behind a tunnel that ends in Osaka and answers with what it is sent. */
async function useTokyo(settings: ConfigInput['settings'] = {}): Promise<Emulator> {
  const { port } = await useServer((request, response) => void request.pipe(response));
  const emu = await useEmulator({
    config: {
      settings,
      zones: [
        { name: 'example.com', load_balancers: [{ name: 'app.example.com', proxied: true, default_pools: ['tokyo'] }] },
      ],
      pools: [
        {
          name: 'tokyo',
          origins: [{ name: 'tokyo-a', address: '10.1.2.3', port, virtual_network: 'default' }],
        },
      ],
      tunnels: [
        {
          name: 'tokyo',
          config: { ingress: [{ service: 'http_status:404' }] },
          routes: [{ network: '10.1.2.0/24' }],
        },
      ],
    },
  });
  await emu.connect({ tunnel: 'tokyo', location: 'KIX', connections: 1, maps: ['10.1.2.3/32=127.0.0.1/32'] });
  vi.stubEnv('COLOCAL_URL', address(emu, 'apiUrl'));
  return emu;
}

/** One request that the origin answered, and one that a fault kept from it. */
async function useStory(): Promise<Emulator> {
  const emu = await useTokyo();
  await emu.fetch('http://app.example.com/');
  emu.faults.add({ name: 'broken', type: 'origin_refuse' });
  await emu.fetch('http://app.example.com/a');
  return emu;
}

/** The words after `colocal` in a line of the page. */
const wordsOf = (line: string): string[] => (line.split(' >')[0] ?? '').split(' ').slice(1);

test('tail shows the line of the page for the request that its filter is for', async () => {
  const emu = await useStory();
  const filter: Record<string, string> = {};
  const [, ...options] = wordsOf(example('colocal tail'));
  for (let at = 0; at < options.length; at += 2) filter[(options[at] ?? '').slice(2)] = options[at + 1] ?? '';
  const lines = emu.requests.list(filter as RequestFilter).map(requestLine);
  const shape = (line: string): string =>
    line
      .replace(/^\d\d:\d\d:\d\d\.\d{3} [0-9a-f]{16}-/, 'TIME RAY-')
      .replace(/\/[0-9a-f]{8}@/, '/ID@')
      .replace(/(origin refuse, ).*$/, '$1...');
  expect(lines.map(shape)).toEqual([shape(example('12:30:01'))]);
});

test('the filters of the API are those of the page', async () => {
  const emu = await useStory();
  const urls = [...example('curl ').matchAll(/'http:\/\/127\.0\.0\.1:7880([^']+)'/g)].map(
    ([, path]) => `${address(emu, 'apiUrl')}${path}`,
  );
  expect(urls).toHaveLength(2);
  const listed = (await (await fetch(urls[0] ?? '')).json()) as { requests: { path: string }[] };
  expect(listed.requests.map(({ path }) => path)).toEqual(['/a']);

  const left = new AbortController();
  const { body } = await fetch(urls[1] ?? '', { signal: left.signal });
  if (!body) throw new Error('there is no stream');
  await emu.faults.set('broken', { match: { path: '/b' } });
  await emu.fetch('http://app.example.com/untouched');
  await emu.fetch('http://app.example.com/b');
  let first: { readonly type: string; readonly data: string } | undefined;
  for await (const event of sentEvents(body)) {
    first = event;
    if (first) break;
  }
  expect([first?.type, JSON.parse(first?.data ?? '{}').path]).toEqual(['request', '/b']);
  left.abort();
});

test('the expectation of the page holds until something fails', async () => {
  const emu = await useTokyo();
  const AsyncFunction = (async () => undefined).constructor as FunctionConstructor;
  const expectation = () => AsyncFunction('emu', 'expect', example('expect(emu.requests'))(emu, expect);
  await emu.fetch('http://app.example.com/');
  await expectation();
  emu.faults.add({ name: 'broken', type: 'origin_refuse' });
  await emu.fetch('http://app.example.com/');
  await expect(expectation()).rejects.toThrow('to deeply equal []');
});

test('as much is recorded as the settings of the page say', async () => {
  const { settings } = parse(example('record:')) as { settings: NonNullable<ConfigInput['settings']> };
  const emu = await useTokyo(settings);
  const response = await emu.fetch('http://app.example.com/', { method: 'POST', body: 'x'.repeat(20_000) });
  expect(await response.text()).toHaveLength(20_000);
  const [trace] = emu.requests.list(1);
  expect(trace?.recorded?.request.body).toMatchObject({ whole: false, kept: { length: settings.record?.bodies } });
  expect(trace?.recorded?.response?.headers).toContain('CF-RAY');

  const [, most] = /at most (\d+)/.exec(example('record:')) ?? [];
  const more = { settings: { record: { bodies: Number(most) + 1 } } };
  await expect(startEmulator({ config: more })).rejects.toThrow(`must be at most ${most}`);
});

test('har prints an archive of what it is asked for', async () => {
  const emu = await useStory();
  await emu.fetch('http://unknown.example.com/');
  expect(await run(wordsOf(example('colocal har')))).toBe(0);
  const { version, entries } = JSON.parse(output.out).log;
  expect(version).toBe('1.2');
  expect(entries).toMatchObject([
    { request: { url: 'http://app.example.com/' }, response: { status: 200 }, _colocal: { tunnel: 'tokyo' } },
    { request: { url: 'http://app.example.com/a' }, response: { status: 521 }, _colocal: { endpoint: 'tokyo-a' } },
  ]);
});

test('har with secrets says how to give the token, which it takes from the environment alone', async () => {
  await useStory();
  expect(await run(['har', '--secrets'])).toBe(1);
  expect(output.err).toContain('give its account.api_token in COLOCAL_API_TOKEN\n');
});

test('replay sends a request once more, with the ray as the page has it', async () => {
  const emu = await useStory();
  const [command = '', shown = ''] = wordsOf(example('colocal replay'));
  expect(shown).toMatch(/^[0-9a-f]{16}-[A-Z]{3}$/);
  const [failed] = emu.requests.list({ fault: 'broken' });
  emu.faults.remove('broken');
  expect(await run([command, `${failed?.ray}-${failed?.dataCenter}`])).toBe(0);
  expect(output.out.replace(/\s+/g, ' ')).toContain(`a replay of ${failed?.ray} (without its headers`);
  expect(output.out).toMatch(/the client was answered: 200\n$/);
  expect(await run([command, shown])).toBe(1);
  expect(output.err).toContain('is in the journal');
});
