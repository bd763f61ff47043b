import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Installed, installPackage } from './support/installed.js';
import { leavesNothingBehind } from './support/left-behind.js';
import { type Ended, start } from './support/program.js';
import { PROJECT } from './support/project.js';

leavesNothingBehind();

const page = readFileSync(join(PROJECT, 'docs/testing.md'), 'utf8');

/** The examples of docs/testing.md by the file that each says it is. */
const examples = new Map(
  [...page.matchAll(/^```\w+\n(?:\/\/|#) (\S+)\n([\s\S]*?)^```$/gm)].map(([, name = '', text = '']) => [name, text]),
);

function example(name: string): string {
  const text = examples.get(name);
  if (text === undefined) throw new Error(`docs/testing.md has no example ${name}`);
  return text;
}

/** Runners and compilers that a user has beside the package: those of this project. */
const BESIDE = ['vitest', 'jest', 'typescript', '@types/node'];

let installed: Installed;
beforeAll(async () => {
  installed = await installPackage();
  const modules = join(installed.folder, 'node_modules');
  for (const name of BESIDE) {
    mkdirSync(join(modules, name, '..'), { recursive: true });
    symlinkSync(join(PROJECT, 'node_modules', name), join(modules, name), 'dir');
  }
  for (const [name, text] of examples) {
    if (!name.includes('/')) writeFileSync(join(installed.folder, name), text);
  }
});
afterAll(() => installed.remove());

const runIn = (folder: string, ...args: string[]): Promise<Ended> =>
  start(process.execPath, args, { cwd: join(installed.folder, folder), env: { CI: 'true' } }).ended;
const run = (...args: string[]): Promise<Ended> => runIn('.', ...args);

/** Ends with 0, and says so many tests have passed. */
async function passes(ended: Promise<Ended>, said: RegExp): Promise<void> {
  const { code, out, err } = await ended;
  expect({ code, said: `${out}${err}` }).toEqual({ code: 0, said: expect.stringMatching(said) });
}

// Compilers and runners are processes of their own that read a lot: on a busy machine half a minute is not enough.
describe('docs/testing.md, in the folder of somebody who installed the package', { timeout: 180_000 }, () => {
  test('runs with vitest', () =>
    passes(run('node_modules/vitest/vitest.mjs', 'run', 'app.test.ts'), /Tests +3 passed/));

  test("README.md's test runs with README.md's configuration", async () => {
    const readme = readFileSync(join(PROJECT, 'README.md'), 'utf8');
    const block = (language: string): string =>
      new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1] ?? '';
    mkdirSync(join(installed.folder, 'readme'));
    writeFileSync(join(installed.folder, 'readme/colocal.yaml'), block('yaml'));
    writeFileSync(join(installed.folder, 'readme/app.test.ts'), block('ts'));
    await passes(runIn('readme', '../node_modules/vitest/vitest.mjs', 'run'), /Tests +1 passed/);
  });

  test('runs with jest', () =>
    passes(run('node_modules/jest/bin/jest.js', '--testMatch', '**/app.spec.js'), /Tests: +1 passed, 1 total/));

  test.each(['app.test.mjs', 'app.test.cjs', 'own-app.test.mjs', 'minute.test.mjs', 'latency.test.mjs'])(
    'runs with node:test: %s',
    (name) => passes(run('--test', '--test-reporter=tap', name), /^# pass 1$/m),
  );

  test('has types, for both kinds of module and for the fixture', async () => {
    const use = `
      import { startEmulator, type TestOrigin } from 'colocal';
      export async function use(): Promise<void> {
        const emu = await startEmulator({ config: 'colocal.yaml', clock: 'manual' });
        const app: TestOrigin = await emu.origin({ at: 'localhost:3000', handler: (_, response) => response.end() });
        await emu.waitFor.health({ pool: 'laptop', is: 'unhealthy', advance: '2m' });
        await emu.waitFor.tunnel('my-app', { connections: 4 });
        emu.map('localhost:3000', app.port)();
        // @ts-expect-error: there is no such health
        await emu.waitFor.health({ pool: 'laptop', is: 'ill' });
        // @ts-expect-error: nor such an option
        await emu.origin({ adress: 'localhost:3000' });
      }`;
    const misuse = `
      import { test } from 'colocal/vitest';
      import { expect } from 'vitest';
      test('x', async ({ emu }) => {
        expect(await emu.fetch('http://app.example.com/')).toBeServedBy({ pool: 'laptop' });
        // @ts-expect-error: an endpoint is named by text
        expect(await emu.fetch('http://app.example.com/')).toBeServedBy({ endpoint: 5 });
        // @ts-expect-error: it has to know what to ask for
        await expect(emu).toFailOverWithin('60s', {});
      });`;
    for (const [name, text] of [
      ['use.mts', use],
      ['use.cts', use],
      ['misuse.mts', misuse],
    ] as const)
      writeFileSync(join(installed.folder, name), text);
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2022',
      lib: ['es2023', 'esnext.disposable', 'dom'],
      types: ['node'],
      strict: true,
      skipLibCheck: true,
      noEmit: true,
    };
    const files = ['use.mts', 'use.cts', 'misuse.mts', 'app.test.ts'];
    writeFileSync(join(installed.folder, 'package.json'), '{"private": true, "type": "module"}');
    writeFileSync(join(installed.folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
    expect(await run('node_modules/typescript/bin/tsc', '-p', '.')).toMatchObject({ code: 0, out: '' });
  });
});

describe('what docs/testing.md says of containers', () => {
  const dockerfile = readFileSync(join(PROJECT, 'Dockerfile'), 'utf8');
  const recipe = example('container.mjs');

  test('ports that the image exposes, and its place for the configuration', () => {
    const exposed = /^EXPOSE (.*)$/m.exec(dockerfile)?.[1]?.split(' ') ?? [];
    const [, list = ''] = /withExposedPorts\(([^)]*)\)/.exec(recipe) ?? [];
    const asked = list.split(', ');
    expect(asked.length).toBeGreaterThan(1);
    expect(exposed).toEqual(expect.arrayContaining(asked));
    const [, target = 'none'] = /target: '([^']*)'/.exec(recipe) ?? [];
    expect(dockerfile).toContain(`"--config", "${target}"`);
  });

  test('the path that says when it is ready, as the image itself asks', () => {
    const [, path = 'none', port = 'none'] = /Wait\.forHttp\('([^']*)', (\d+)\)/.exec(recipe) ?? [];
    expect(dockerfile).toContain(`http://127.0.0.1:${port}${path}`);
  });

  test('where the listeners are: as in the example it names', () => {
    const { listen } = parse(readFileSync(join(PROJECT, 'examples/compose/colocal.yaml'), 'utf8')) as {
      listen: Record<string, string>;
    };
    const said = parse(/`listen: (\{[^}]*\})`/.exec(page)?.[1] ?? '') as Record<string, string>;
    expect(Object.keys(said)).toHaveLength(3);
    expect(listen).toMatchObject(said);
  });

  test('the action that it calls', () => {
    const { steps } = parse(example('.github/workflows/test.yml')) as { steps: { uses?: string; with?: object }[] };
    const { inputs } = parse(readFileSync(join(PROJECT, 'action.yml'), 'utf8')) as { inputs: object };
    const given = steps.find(({ uses }) => uses?.includes('colocal'))?.with ?? {};
    expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(given)));
    expect(existsSync(join(PROJECT, 'examples/compose/colocal.yaml'))).toBe(true);
  });
});
