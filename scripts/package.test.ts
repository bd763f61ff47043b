import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const consumer = mkdtempSync(join(tmpdir(), 'colocal-consumer-'));
const installed = join(consumer, 'node_modules/colocal');

function run(command: string, args: string[], cwd = consumer): string {
  const done = spawnSync(command, args, { cwd, encoding: 'utf8' });
  const said = `${done.stdout}${done.stderr}`;
  expect(done.status, `${command} ${args.join(' ')}\n${said}`).toBe(0);
  return done.stdout;
}

/** Runs a file made of `text` in the consumer's folder. */
function node(name: string, text: string): string {
  writeFileSync(join(consumer, name), text);
  return run(process.execPath, [name]).trim();
}

/** What a user gets: the packed files, in a folder that has no other library than Node's types. */
beforeAll(() => {
  if (!existsSync(join(root, 'dist/index.d.ts'))) throw new Error('dist/ is not built: run `npm run build` first');
  run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', consumer], root);
  mkdirSync(installed, { recursive: true });
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  run('tar', ['-xzf', `colocal-${version}.tgz`, '-C', installed, '--strip-components=1']);
  mkdirSync(join(consumer, 'node_modules/@types'));
  symlinkSync(join(root, 'node_modules/@types/node'), join(consumer, 'node_modules/@types/node'), 'dir');
  writeFileSync(join(consumer, 'package.json'), '{ "private": true }');
});
afterAll(() => rmSync(consumer, { recursive: true, force: true }));

describe('the package', () => {
  test('is imported and required without any other package', () => {
    expect(node('a.mjs', "import { startEmulator } from 'colocal';\nconsole.log(typeof startEmulator);")).toBe(
      'function',
    );
    expect(node('a.cjs', "console.log(typeof require('colocal').startEmulator);")).toBe('function');
  });

  test('keeps a state with its one dependency', () => {
    symlinkSync(join(root, 'node_modules/lmdb'), join(consumer, 'node_modules/lmdb'), 'dir');
    const text = `
      import { startEmulator } from 'colocal';
      const token = async () => {
        const emu = await startEmulator({ config: {}, state: 'kept' });
        await emu.close();
        return emu.state.read().account.api_token;
      };
      console.log((await token()) === (await token()));`;
    expect(node('state.mjs', text)).toBe('true');
  });

  test('is one instance, however it is loaded', () => {
    const text = `
      import { createRequire } from 'node:module';
      import * as imported from 'colocal';
      const required = createRequire(import.meta.url)('colocal');
      const names = Object.keys(required);
      console.log(JSON.stringify({
        same: names.every((name) => imported[name] === required[name]),
        missing: names.filter((name) => !(name in imported)),
        more: Object.keys(imported).filter((name) => !names.includes(name)),
      }));`;
    expect(JSON.parse(node('b.mjs', text))).toEqual({ same: true, missing: [], more: [] });
  });

  test('has types that need nothing but those of Node, for both kinds of module', () => {
    const text = `
      import { startEmulator } from 'colocal';
      export async function use(): Promise<string> {
        const emulator = await startEmulator({ config: {} });
        const url: string | undefined = emulator.url;
        // @ts-expect-error: were the types lost, everything would be allowed
        emulator.noSuchMember;
        await emulator.close();
        return String(url);
      }`;
    writeFileSync(join(consumer, 'use.mts'), text);
    writeFileSync(join(consumer, 'use.cts'), text);
    const options = {
      module: 'nodenext',
      target: 'es2022',
      lib: ['es2023', 'esnext.disposable'],
      types: ['node'],
      strict: true,
      skipLibCheck: false,
      noEmit: true,
    };
    writeFileSync(
      join(consumer, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: ['use.mts', 'use.cts'] }),
    );
    run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.']);
    // The compiler is a process of its own that reads all of Node's types: on a busy machine half a minute is not enough.
  }, 120_000);

  test('brings a command that runs by itself', () => {
    const command = join(installed, 'dist/main.cjs');
    expect(readFileSync(command, 'utf8').startsWith('#!/usr/bin/env node\n')).toBe(true);
    expect(statSync(command).mode & 0o111).toBe(0o111);
    expect(run(process.execPath, [command, '--help'])).toContain('colocal');
  });

  test('brings what its pages and examples refer to', () => {
    for (const file of [
      'README.md',
      'LICENSE',
      'dist/THIRD-PARTY-LICENSES.txt',
      'emulator/geo/NOTICE.md',
      'colocal.schema.json',
      'docs/configuration.md',
      'examples/demo/colocal.yaml',
      'examples/story/colocal.yaml',
    ]) {
      expect(existsSync(join(installed, file)), file).toBe(true);
    }
  });
});
