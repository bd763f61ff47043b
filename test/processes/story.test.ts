import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Installed, installPackage } from './support/installed.js';
import { leavesNothingBehind, leftBehind, nothingLeft } from './support/left-behind.js';
import { type Program, shell, start } from './support/program.js';
import { temporaryFolder } from './support/setup.js';

leavesNothingBehind();

let installed: Installed;
beforeAll(async () => {
  installed = await installPackage();
});
afterAll(() => installed.remove());

/** It takes some 25 seconds when the machine has nothing else to do. */
const STORY_TIMEOUT = 120_000;

/** npm on Node 24 keeps compiled code where temporary files are: that is not the story's. */
const environment = (temporary: string) => ({ TMPDIR: temporary, NODE_DISABLE_COMPILE_CACHE: '1' });

/** Plays the story as somebody does who has installed the package; what it writes to disk goes to a folder of its own. */
function story(): { readonly program: Program; readonly temporary: string } {
  const temporary = temporaryFolder();
  const env = environment(temporary);
  return { program: shell('npx colocal demo --story', { cwd: installed.folder, env }), temporary };
}

/** The steps that were told, by their titles. */
function stepsOf(text: string): ReadonlyMap<string, string> {
  const [, ...steps] = text.split(/\n\n(?=\d\/7 {2})/);
  return new Map(steps.map((step) => [/^\d\/7 {2}(.*)$/m.exec(step)?.[1] ?? '', step]));
}

describe('the story', () => {
  test(
    'is played whole: each step with what was done, counts, time, reasons and what was expected',
    async () => {
      const { program, temporary } = story();
      const { code, out, err } = await program.ended;
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
      expect(out).not.toMatch(/[^\P{Cc}\n]/u);

      const steps = stepsOf(out);
      expect([...steps.keys()]).toEqual([
        'All is well',
        'A replica is killed',
        'A replica is drained',
        'Data center NRT goes down',
        'Data center NRT is back',
        'Site Tokyo breaks',
        'Site Tokyo is healed',
      ]);
      const quiet = ['All is well', 'A replica is drained', 'Data center NRT is back', 'Site Tokyo is healed'];
      for (const [title, told] of steps) {
        expect(told, title).toMatch(
          /^ {5}requests +\d+ sent; answered by tokyo-app \d+ \(\d+\), osaka-app \d+ \(\d+\)$/m,
        );
        if (quiet.includes(title)) expect(told, title).toMatch(/^ {5}lost +0$/m);
        if (title !== 'All is well') {
          expect(told, title).toMatch(/^ {5}took +\d+\.\d\d s of model time$/m);
          expect(told, title).toMatch(/^ {5}because +\S/m);
        }
        expect(told, title).toMatch(/^ {5}as told /m);
        expect(told, title).not.toContain('NOT SO');
      }
      for (const title of ['A replica is killed', 'Data center NRT goes down']) {
        expect(steps.get(title), title).toMatch(/^ {5}lost +0(?:$| retryable,)/m);
      }
      const words = (title: string): string => (steps.get(title) ?? '').replace(/\s+/g, ' ');
      expect(words('A replica is killed')).toContain('of connector tokyo-1');
      expect(words('Data center NRT goes down')).toContain('data center NRT is down (fault nearest-down)');
      expect(words('Data center NRT goes down')).toContain('NRT is down: KIX is the nearest that runs');
      expect(words('Site Tokyo breaks')).toMatch(
        /lost [1-9]\d* retryable, \d+ not .* until pool tokyo is critical; 0 after/,
      );
      expect(words('Site Tokyo breaks')).toContain('pool tokyo is critical (was healthy)');
      expect(words('Site Tokyo breaks')).toContain('pool osaka chosen');
      expect(words('Site Tokyo is healed')).toContain('pool tokyo is healthy (was critical)');
      expect(out).toMatch(/\nAll 7 steps went as told, in \d+ s: \d+ requests, tokyo-app \d+, osaka-app \d+,\n/);
      await nothingLeft();
      expect(readdirSync(temporary)).toEqual([]);
    },
    STORY_TIMEOUT,
  );

  test(
    'whose edge is killed ends with 1, says which process it was, and stops everything',
    async () => {
      const temporary = temporaryFolder();
      const env = environment(temporary);
      const program = start('node_modules/.bin/colocal', ['demo', '--story'], { cwd: installed.folder, env });
      await program.out.next(/^1\/7 {2}All is well$/m);
      const edge = leftBehind().find(({ command }) => / up --config /.test(command));
      process.kill(edge?.pid ?? 0, 'SIGKILL');
      const { code, err } = await program.ended;
      expect(code).toBe(1);
      expect(err).toMatch(/^colocal: edge ended \(SIGKILL\) \[DEMO_PROCESS_ENDED\]$/m);
      expect(err).not.toMatch(/^ +at /m);
      await nothingLeft();
      expect(readdirSync(temporary)).toEqual([]);
    },
    STORY_TIMEOUT,
  );

  test(
    'ends when it is told to stop, before its end with 1, and leaves nothing behind',
    async () => {
      const { program, temporary } = story();
      await program.out.next(/^1\/7 {2}All is well$/m);
      program.kill('SIGINT');
      expect((await program.ended).out).toMatch(/\nstopped before its end\n$/);
      await nothingLeft();
      expect(readdirSync(temporary)).toEqual([]);
    },
    STORY_TIMEOUT,
  );
});

test("the story's page names every step that is played", () => {
  const page = readFileSync(`${installed.folder}/node_modules/colocal/examples/story/README.md`, 'utf8');
  expect(existsSync(`${installed.folder}/node_modules/colocal/examples/story/colocal.yaml`)).toBe(true);
  const rows = [...page.matchAll(/^\| ([A-Z][^|]*?) \|/gm)].map(([, title]) => title);
  expect(rows).toHaveLength(7);
});
