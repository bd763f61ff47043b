import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { leavesNothingBehind } from '../processes/support/left-behind.js';
import { EXAMPLES, readmeOf, runAsWritten } from './support/example.js';
import { stepsOf } from './support/readme.js';

leavesNothingBehind();

/** These run by commands of their own: test/compose, test/cloudflared, test/processes have their tests. */
const RUN_ELSEWHERE = ['cloudflared', 'compose', 'demo', 'story'];

const folders = readdirSync(EXAMPLES, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);

describe('what the README of an example says', () => {
  test.each(folders.filter((name) => !RUN_ELSEWHERE.includes(name)))(
    'is what happens: %s',
    async (name) => {
      expect(stepsOf(readmeOf(name)).filter(({ kind }) => kind === 'run')).not.toEqual([]);
      await runAsWritten(name);
    },
    60_000,
  );
});
