import { readdirSync, readFileSync } from 'node:fs';
import { afterAll } from 'vitest';
import { realDeadlines } from '../../../runtime/deadlines.js';
import { randomUuid } from '../../../runtime/ids.js';

/**
 * Stands in the environment of every process that this file's tests start, and so in that of their children.
 * Unique, because a process that bears it may be ended.
 */
export const MARK = { name: 'COLOCAL_TEST_FILE', value: randomUuid() } as const;

interface LeftBehind {
  readonly pid: number;
  readonly command: string;
}

/**
 * Processes of this file's tests that still run, children of children too.
 * Where there is no /proc the answer is empty: continuous integration has one.
 */
export function leftBehind(): LeftBehind[] {
  const sought = `${MARK.name}=${MARK.value}`;
  return pids().flatMap((pid) => {
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(sought)) return [];
      return [{ pid, command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() }];
    } catch {
      // It ended meanwhile, or belongs to somebody else.
      return [];
    }
  });
}

function pids(): number[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return [];
  }
}

/** Longer than any process takes to stop, so that one that stays is named instead of waited for. Milliseconds. */
const PATIENCE = 15_000;

/** Resolves once none is left. Ends those that stay, so that the tests after this one can run, and fails. */
export async function nothingLeft(): Promise<void> {
  const giveUpAt = realDeadlines.now() + PATIENCE;
  for (let left = leftBehind(); left.length > 0; left = leftBehind()) {
    if (realDeadlines.now() > giveUpAt) {
      for (const { pid } of left) process.kill(pid, 'SIGKILL');
      throw new Error(
        ['These processes still ran:', ...left.map(({ pid, command }) => `${pid} ${command}`)].join('\n  '),
      );
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** At the top of a test file: fails it when one of its processes outlives its tests. */
export function leavesNothingBehind(): void {
  afterAll(nothingLeft);
}
