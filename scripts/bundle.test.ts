import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bundled, bundle } from './bundle.js';

const folder = mkdtempSync(join(tmpdir(), 'colocal-bundle-'));
const dist = join(folder, 'dist');

const SOURCES = {
  'shared.ts': 'export const state = { count: 0 };\nexport class Shared {}',
  'lazy.ts': `
    import { state, Shared } from './shared.js';
    export default function increase(): number { return ++state.count; }
    export const made = new Shared();
    export const folder: string = import.meta.dirname;
    export function fail(): never { throw new Error('on purpose'); }`,
  'old.cjs': 'function old() {}\nold.named = 7;\nmodule.exports = old;',
  'library.ts': `
    import { state, Shared } from './shared.js';
    export { Shared, state };
    export const here = import.meta.url;
    export const lazy = () => import('./lazy.js');
    export const old = () => import('./old.cjs');`,
  'command.ts': "import { state } from './shared.js';\nconsole.log('count', state.count);",
};

let written: Bundled;

beforeAll(async () => {
  mkdirSync(join(folder, 'source'));
  for (const [name, text] of Object.entries(SOURCES)) writeFileSync(join(folder, 'source', name), text);
  written = await bundle({
    entries: { library: join(folder, 'source/library.ts'), command: join(folder, 'source/command.ts') },
    outdir: dist,
    executables: ['command'],
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(script: string, ...flags: string[]): string {
  const done = spawnSync(process.execPath, [...flags, '-e', script], { cwd: dist, encoding: 'utf8' });
  expect(done.stderr).toBe('');
  return done.stdout.trim();
}

describe('bundling', () => {
  test('loads what is behind import() on first use, with its default and named exports', () => {
    const script = `
      const library = require('./library.cjs');
      const before = Object.keys(require.cache).length;
      library.lazy().then((lazy) => {
        const after = Object.keys(require.cache).length;
        console.log(JSON.stringify([after > before, lazy.default(), typeof lazy.made]));
      });`;
    expect(JSON.parse(run(script))).toEqual([true, 1, 'object']);
  });

  test('gives a CommonJS module behind import() the exports that Node gives it', () => {
    const script = `
      require('./library.cjs').old().then((old) => console.log(JSON.stringify([typeof old.default, old.named])));`;
    expect(JSON.parse(run(script))).toEqual(['function', 7]);
  });

  test('keeps one instance of what the library and its lazy parts share', () => {
    const script = `
      const library = require('./library.cjs');
      library.lazy().then((lazy) => {
        lazy.default();
        console.log(JSON.stringify([library.state.count, lazy.made instanceof library.Shared]));
      });`;
    expect(JSON.parse(run(script))).toEqual([1, true]);
  });

  test('gives import.meta in every file, with the folder of the outputs', () => {
    const script = `
      const library = require('./library.cjs');
      library.lazy().then((lazy) => console.log(JSON.stringify([
        new URL('.', library.here).href === require('node:url').pathToFileURL(__dirname + '/').href,
        lazy.folder === __dirname,
      ])));`;
    expect(JSON.parse(run(script.replaceAll('__dirname', 'process.cwd()')))).toEqual([true, true]);
  });

  test('makes commands executable by their first line', () => {
    expect(readFileSync(join(dist, 'command.cjs'), 'utf8').startsWith('#!/usr/bin/env node\n')).toBe(true);
    expect(readFileSync(join(dist, 'library.cjs'), 'utf8').startsWith('#!')).toBe(false);
    expect(run("require('./command.cjs')")).toBe('count 0');
  });

  test('maps stack traces to the sources', () => {
    const script = `
      require('./library.cjs').lazy().then((lazy) => {
        try { lazy.fail(); } catch (error) { console.log(error.stack); }
      });`;
    expect(run(script, '--enable-source-maps')).toMatch(/source[\\/]lazy\.ts:6:\d+/);
  });

  test('says which files it wrote, and from what', () => {
    expect(written.files).toEqual(expect.arrayContaining(['library.cjs', 'command.cjs', 'library.cjs.map']));
    expect(written.files.some((name) => /^chunk-\w+\.cjs$/.test(name))).toBe(true);
    expect(written.inputs.some((path) => path.endsWith('source/lazy.ts'))).toBe(true);
  });
});
