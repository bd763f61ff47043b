import { readdirSync, readFileSync } from 'node:fs';
import { afterAll } from 'vitest';
import { realDeadlines } from '../../../runtime/deadlines.js';

/** Stands in the environment of every process that this file's tests start, and so in that of their children. */
export const MARK = { name: 'COLOCAL_TEST_FILE', value: `worker ${process.pid}` } as const;

/**
 * Processes of this file's tests that still run, children of children too, each as `PID COMMAND`.
 * Where there is no /proc the answer is empty: continuous integration has one.
 */
export function leftBehind(): string[] {
  const sought = `${MARK.name}=${MARK.value}`;
  return pids().flatMap((pid) => {
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(sought)) return [];
      return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()}`];
    } catch {
      // It ended meanwhile, or belongs to somebody else.
      return [];
    }
  });
}

function pids(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** Longer than any process takes to stop, so that one that stays is named instead of waited for. Milliseconds. */
const PATIENCE = 15_000;

/** Resolves once none is left. */
export async function nothingLeft(): Promise<void> {
  const giveUpAt = realDeadlines.now() + PATIENCE;
  for (let left = leftBehind(); left.length > 0; left = leftBehind()) {
    if (realDeadlines.now() > giveUpAt) throw new Error(['These processes still run:', ...left].join('\n  '));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** At the top of a test file: fails it when one of its processes outlives its tests. */
export function leavesNothingBehind(): void {
  afterAll(nothingLeft);
}
