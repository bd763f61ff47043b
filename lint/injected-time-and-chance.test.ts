import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const project = mkdtempSync(join(tmpdir(), 'colocal-lint-'));
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** Lints files with the project's own configuration and says which files the plugin complained about. */
function lint(files: Record<string, string>): string[] {
  rmSync(project, { recursive: true, force: true });
  mkdirSync(project);
  cpSync(join(root, 'biome.json'), join(project, 'biome.json'));
  cpSync(join(root, 'lint'), join(project, 'lint'), { recursive: true, filter: (from) => !from.endsWith('.test.ts') });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(project, name)), { recursive: true });
    writeFileSync(join(project, name), `${text}\n`);
  }
  const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const run = spawnSync(
    process.execPath,
    [biome, 'lint', '--vcs-enabled=false', '--reporter=github', '--max-diagnostics=none', ...Object.keys(files)],
    { cwd: project, encoding: 'utf8' },
  );
  // A plugin that Biome cannot run is only a notice to it: the rule would be off and nobody would know.
  expect(`${run.stdout}${run.stderr}`).not.toContain('errored');
  expect(run.status, `${run.stdout}${run.stderr}`).not.toBeNull();
  const found = run.stdout.matchAll(/^::error title=plugin,file=([^,]+),/gm);
  return [...new Set([...found].map((match) => relative(project, resolve(project, match[1] ?? ''))))].sort();
}

const FORBIDDEN = [
  'export const a = Date.now();',
  'export const a = Date.now;',
  'export const a = globalThis.Date.now();',
  'export const a = new Date();',
  'export const a = performance.now();',
  'export const a = Math.random();',
  'setTimeout(() => {}, 1);',
  'globalThis.setInterval(() => {}, 1);',
  'export const later = setTimeout;',
  "import * as timers from 'node:timers';\nexport const a = timers;",
  "import { setTimeout as sleep } from 'node:timers/promises';\nexport const a = sleep;",
  "import { randomBytes } from 'node:crypto';\nexport const a = randomBytes(16);",
  "import { randomUUID as id } from 'node:crypto';\nexport const a = id();",
  "import * as crypto from 'node:crypto';\nexport const a = crypto.randomInt(6);",
  'export const a = crypto.getRandomValues(new Uint8Array(4));',
];

const ALLOWED = [
  'export const a = new Date(5).toISOString();',
  'export const a = Date.UTC(2026, 0, 1);',
  "import { createHash } from 'node:crypto';\nexport const a = createHash('sha256');",
  'export function idle(socket: { setTimeout(ms: number): void }): void {\n  socket.setTimeout(0);\n}',
  'export type Timer = ReturnType<typeof setTimeout>;',
  'setImmediate(() => {});',
];

const named = (folder: string, snippets: string[]): Record<string, string> =>
  Object.fromEntries(snippets.map((text, index) => [`${folder}/case-${String(index).padStart(2, '0')}.ts`, text]));

describe('the rule that time and chance are injected', () => {
  test('fires on every way to reach the real time, a real timer or a random value', () => {
    const files = named('emulator/steering', FORBIDDEN);
    expect(lint(files)).toEqual(Object.keys(files));
  });

  test('leaves everything else alone', () => {
    expect(lint(named('emulator/steering', ALLOWED))).toEqual([]);
  });

  test('holds in tests, connectors and origins, and not where real time and chance come from', () => {
    const text = FORBIDDEN.join('\n').replaceAll(/^export const \w+ = (.*);$/gm, 'void $1;');
    const inside = [
      'agents/a.ts',
      'emulator/a.test.ts',
      'emulator/edge.ts',
      'origins/a.ts',
      'protocol/a.ts',
      'test/a.ts',
    ];
    const outside = ['bench/a.ts', 'emulator/observe/a.ts', 'runtime/a.ts', 'scripts/a.ts', 'vitest.config.ts'];
    expect(lint(Object.fromEntries([...inside, ...outside].map((name) => [name, text])))).toEqual(inside);
  });
});
