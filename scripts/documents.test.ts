import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const read = (name: string): string => readFileSync(join(root, name), 'utf8');

function foldersIn(folder: string): string[] {
  return readdirSync(join(root, folder)).filter((name) => statSync(join(root, folder, name)).isDirectory());
}

const PAGES = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'bench/README.md',
  ...readdirSync(join(root, 'docs/decisions')).map((name) => `docs/decisions/${name}`),
  'examples/README.md',
  ...foldersIn('examples').map((name) => `examples/${name}/README.md`),
];

describe('the pages', () => {
  test.each(PAGES)('%s links only to files that exist', (page) => {
    for (const [, target = ''] of read(page).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
      expect(existsSync(resolve(root, dirname(page), target)), `${page}: ${target}`).toBe(true);
    }
  });

  test.each(PAGES)('%s names only npm scripts that exist', (page) => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const [, name = ''] of read(page).matchAll(/npm run (?:--silent )?([a-z:]+)/g)) {
      expect(scripts, page).toHaveProperty([name]);
    }
  });

  test("ARCHITECTURE.md's table has every folder of the edge, and no other", () => {
    const folders = foldersIn('emulator');
    const listed = [...read('ARCHITECTURE.md').matchAll(/^\| `emulator\/(\w+)\/` \|/gm)].map((match) => match[1]);
    expect(listed.sort()).toEqual(folders.sort());
  });

  test("README.md's configuration is short and good as it stands", () => {
    const yaml = /```yaml\n([\s\S]*?)```/.exec(read('README.md'))?.[1] ?? '';
    const lines = yaml.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(5);
    // The line for the editor does not count.
    expect(lines.length - 1).toBeLessThanOrEqual(15);
    const folder = mkdtempSync(join(tmpdir(), 'colocal-readme-'));
    try {
      writeFileSync(join(folder, 'colocal.yaml'), yaml);
      const run = (...args: string[]): { status: number | null; said: string } => {
        const done = spawnSync(process.execPath, [join(root, 'dist/main.cjs'), ...args], {
          cwd: folder,
          encoding: 'utf8',
        });
        return { status: done.status, said: `${done.stdout}${done.stderr}` };
      };
      const check = run('up', '--check', '--config', 'colocal.yaml');
      expect(check.status, check.said).toBe(0);
      expect(check.said).not.toMatch(/warning/i);
      const token = run('token', 'my-app', '--config', 'colocal.yaml');
      expect(token.status, token.said).toBe(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
