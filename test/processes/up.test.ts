import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ask } from './support/client.js';
import { leavesNothingBehind } from './support/left-behind.js';
import { close, freePort, isFree, occupy } from './support/ports.js';
import { runColocal } from './support/program.js';
import { ANY_PORTS, ConfigFile, oneTunnel, startEdge, temporaryFolder } from './support/setup.js';

leavesNothingBehind();

const GOOD = oneTunnel('http://127.0.0.1:3000');

/** Saves `colocal.yaml` in an empty folder and checks it there. */
function check(text: string) {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'colocal.yaml'), text);
  return runColocal(['up', '--check'], { cwd });
}

/** The place of a text in a file, as `LINE:COLUMN`. */
function place(file: string, text: string): string {
  const before = file.slice(0, file.indexOf(text)).split('\n');
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

describe('up --check', () => {
  test('says that a good file is good', async () => {
    expect(await check(GOOD)).toEqual({ code: 0, signal: null, out: 'colocal.yaml: ok\n', err: '' });
  });

  test.each([
    ['broken YAML', 'zones:\n  - name: [example.com\npools: {}\n', '3:1: not valid YAML: Flow sequence'],
    [
      'a misspelt key',
      GOOD.replace('proxied:', 'proxid:'),
      `${place(GOOD, 'proxied:')}: zones[0].load_balancers[0].proxid is not a known key; did you mean "proxied"? allowed: `,
    ],
    [
      'a name that nothing has',
      GOOD.replace('default_pools: [app]', 'default_pools: [ap]'),
      `${place(GOOD, 'app] }')}: zones[0].load_balancers[0].default_pools[0] is "ap", but no pool has that name; did you mean "app"? there is: app`,
    ],
    [
      'a wrong type',
      GOOD.replace('proxied: true', 'proxied: 7'),
      `${place(GOOD, 'true')}: zones[0].load_balancers[0].proxied `,
    ],
    [
      'a service that is none',
      GOOD.replace('http://127.0.0.1:3000', '127.0.0.1:3000'),
      `${place(GOOD, '"http://127')}: tunnels[0].config.ingress[0].service: 127.0.0.1:3000 is an invalid address, `,
    ],
  ])('%s: says where and what in two lines, and fails', async (_what, text, problem) => {
    const { code, out, err } = await check(text);
    expect({ code, out, err: err.split('\n') }).toEqual({
      code: 1,
      out: '',
      err: [
        expect.stringMatching(/ \[CONFIG_INVALID\]$/),
        '  correct it and check again with: colocal up --check --config colocal.yaml',
        '',
      ],
    });
    expect(err).toContain(`colocal: colocal.yaml:${problem}`);
  });

  test('says that there is no file, and which there could be', async () => {
    expect(await runColocal(['up', '--check', '--config', 'no/colocal.yaml'], { cwd: temporaryFolder() })).toEqual({
      code: 1,
      signal: null,
      out: '',
      err: [
        'colocal: there is no configuration file no/colocal.yaml [CONFIG_NOT_FOUND]',
        '  name one with --config PATH, or see a working setup with: colocal demo (its file is examples/demo/colocal.yaml)',
        '',
      ].join('\n'),
    });
  });

  test('opens nothing: another edge may run on the same ports', async () => {
    const port = await freePort();
    const server = await occupy(port);
    expect(await check(oneTunnel('hello_world', { ...ANY_PORTS, http: port }))).toMatchObject({ code: 0 });
    await close(server);
  });
});

describe('up', () => {
  test('refuses a bad file as --check does', async () => {
    const file = new ConfigFile(GOOD.replace('proxied:', 'proxid:'));
    const [up, checked] = await Promise.all([
      runColocal(['up', '--config', file.path]),
      runColocal(['up', '--check', '--config', file.path]),
    ]);
    expect(up).toEqual(checked);
    expect(up.code).toBe(1);
  });

  test.each(['http', 'https', 'connectors', 'api', 'on_ramp'] as const)(
    'names listener and setting when the port of %s is in use, and opens none',
    async (name) => {
      const ports = {
        http: await freePort(),
        https: await freePort(),
        connectors: await freePort(),
        api: await freePort(),
        on_ramp: await freePort(),
      };
      const server = await occupy(ports[name]);
      const { code, out, err } = await runColocal([
        'up',
        '--config',
        new ConfigFile(oneTunnel('hello_world', ports)).path,
      ]);
      await close(server);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      const lines = err.trimEnd().split('\n');
      expect(lines).toHaveLength(2);
      expect(lines[0]).toMatch(
        new RegExp(
          `^colocal: the .*\\b${name.replace('_', '-')} listener cannot open 127\\.0\\.0\\.1:${ports[name]}: the port is in use`,
        ),
      );
      expect(lines[1]).toContain(`listen.${name} in colocal.yaml`);
      for (const port of Object.values(ports)) expect(await isFree(port)).toBe(true);
    },
  );

  test('warns of a load balancer that is DNS-only, with its place, and its requests get a page that says so', async () => {
    const text = GOOD.replace(' proxied: true,', '');
    const file = new ConfigFile(text);
    const edge = await startEdge(file);
    const warnings = edge.out.text.split('\n').filter((line) => line.startsWith('warning: '));
    const at = `warning: ${file.path}:${place(text, '{ name: app.example.com,')}: `;
    expect(warnings).toEqual([
      expect.stringMatching(/zones\[0\]\.load_balancers\[0\]\.proxied is false: .* write proxied: true /),
    ]);
    expect(warnings[0]?.startsWith(at), warnings[0]).toBe(true);
    expect(await ask(edge.http)).toMatchObject({ status: 404, body: expect.stringContaining('proxied: true') });
  });

  test('prints its seed, and the seed gives the same choices again', async () => {
    const file = new ConfigFile(GOOD.replace(/service: .*? }/, 'service: hello_world }'));
    const rays = async (args: readonly string[]) => {
      const edge = await startEdge(file, args);
      const [, seed = ''] = /seed (\S+)$/m.exec(edge.out.text) ?? [];
      const outcome = await ask(edge.http);
      edge.kill('SIGINT');
      expect(await edge.ended).toMatchObject({ code: 0, signal: null });
      return { seed, ray: 'headers' in outcome ? outcome.headers['cf-ray'] : undefined };
    };
    const first = await rays([]);
    expect(first.seed).toMatch(/^\d+$/);
    expect(first.ray).toMatch(/^[0-9a-f]{16}-[A-Z]{3}$/);
    expect(await rays(['--seed', first.seed])).toEqual(first);
    expect((await rays(['--seed', 'another'])).ray).not.toBe(first.ray);
  });
});
