import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { leavesNothingBehind } from '../processes/support/left-behind.js';
import { PROJECT } from '../processes/support/project.js';
import { EXAMPLES, exampleFolders, readmeOf, runAsWritten } from './support/example.js';
import { stepsOf } from './support/readme.js';

leavesNothingBehind();

/** These run by commands of their own: test/compose, test/cloudflared and test/processes have their tests. */
const TESTED_ELSEWHERE = ['cloudflared', 'compose', 'demo', 'story'];

/** The architectures that colocal is for are numbered. */
const ARCHITECTURES = [1, 2, 3, 4, 5, 6, 7, 8];

/** The examples that a page links to. */
function linkedIn(page: string): string[] {
  return [...page.matchAll(/\]\((?:examples\/)?([\w-]+)\/README\.md\)/g)].map(([, name = '']) => name);
}

describe('what the README of an example says', () => {
  test.each(exampleFolders().filter((name) => !TESTED_ELSEWHERE.includes(name)))(
    'is what happens: %s',
    async (name) => {
      const seen = stepsOf(readmeOf(name)).filter((step) => step.kind === 'run' && step.output !== '');
      expect(seen).not.toEqual([]);
      await runAsWritten(name);
    },
    // Up to a dozen processes one after the other, on a machine that has other tests to run as well.
    120_000,
  );
});

describe('the list of examples', () => {
  const list = readFileSync(join(EXAMPLES, 'README.md'), 'utf8');

  test('has one for each architecture', () => {
    const numbered = [...list.matchAll(/^\| (\d+) \|.*$/gm)].map(([row, number]) => [Number(number), linkedIn(row)]);
    expect(numbered).toEqual(ARCHITECTURES.map((number) => [number, [expect.any(String)]]));
  });

  test('has every folder, and nothing else', () => {
    expect([...new Set(linkedIn(list))].sort()).toEqual(exampleFolders());
  });

  test("is in the project's README too", () => {
    const readme = readFileSync(join(PROJECT, 'README.md'), 'utf8');
    expect(linkedIn(readme)).toEqual(expect.arrayContaining(exampleFolders()));
  });
});
