import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createRng, type Rng } from '../../../runtime/rng.js';
import { SLOTS } from './child.fixture.js';
import { keptState, stateFolder } from './store.fixture.js';

const here = dirname(fileURLToPath(import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'colocal-child-'));
const program = join(scratch, 'child.cjs');

/** One file, which starts in a tenth of the time that the sources take. */
beforeAll(async () => {
  await build({
    entryPoints: [join(here, 'child.fixture.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['lmdb'],
    logLevel: 'error',
  });
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Child {
  readonly process: ChildProcess;
  /** What it says, up to its end. */
  lines(): AsyncIterable<readonly [word: string, value: unknown]>;
}

/** @param blocks half kilobytes that a file of it may have */
function start(folder: string, blocks?: number): Child {
  const limit = blocks === undefined ? '' : `ulimit -f ${blocks}; `;
  const child = spawn('bash', ['-c', `${limit}exec "$@"`, 'child', process.execPath, program, folder], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, NODE_PATH: join(here, '../../../node_modules') },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    process: child,
    async *lines() {
      for await (const line of createInterface({ input: child.stdout })) {
        const at = line.indexOf(' ');
        yield [line.slice(0, at), JSON.parse(line.slice(at + 1)) as unknown];
      }
    },
  };
}

/** What all transactions up to a number leave. */
function after(last: number): Record<string, string> {
  const pools: Record<string, string> = last === 0 ? {} : { [`latest ${last}`]: String(last) };
  for (let number = Math.max(1, last - SLOTS + 1); number <= last; number++) {
    for (const half of ['a', 'b']) pools[`slot ${number % SLOTS} ${half}`] = String(number);
  }
  return pools;
}

/**
 * Starts a process and kills it when it has said some lines: maybe while it opens, maybe in the middle of a write.
 *
 * @returns the highest number that was acknowledged, and before this round
 */
async function round(folder: string, acknowledged: number, rng: Rng): Promise<number> {
  const child = start(folder);
  const ended = once(child.process, 'exit');
  let left = rng.int(60);
  let highest = acknowledged;
  for await (const [word, value] of child.lines()) {
    if (word === 'found') {
      const last = Math.max(0, ...Object.values(value as Record<string, string>).map(Number));
      // All of it, and nothing of what came after: no half of a transaction.
      expect(value).toEqual(after(last));
      expect(last).toBeGreaterThanOrEqual(acknowledged);
    } else if (word === 'acknowledged') {
      highest = Math.max(highest, value as number);
    } else {
      expect(word).toBe('started');
    }
    if (left-- === 0) child.process.kill('SIGKILL');
  }
  await ended;
  return highest;
}

describe('a process that is killed', () => {
  test('loses nothing that was acknowledged, and leaves no half of a transaction: 200 times', async () => {
    const lanes = [1, 2, 3, 4].map(async (lane) => {
      const rng = createRng(`killed ${lane}`);
      const folder = stateFolder();
      let acknowledged = 0;
      for (let number = 0; number < 50; number++) acknowledged = await round(folder, acknowledged, rng.fork(number));
      return { folder, acknowledged };
    });
    for (const { folder, acknowledged } of await Promise.all(lanes)) {
      expect(acknowledged).toBeGreaterThan(50);
      const { state } = await keptState(folder);
      const found = Object.fromEntries([...state.read().pools.values()].map((pool) => [pool.name, pool.description]));
      const last = Math.max(...Object.values(found).map(Number));
      expect(last).toBeGreaterThanOrEqual(acknowledged);
      expect(found).toEqual(after(last));
    }
  }, 180_000);

  test('lets go of the folder; one that lives does not', async () => {
    const folder = stateFolder();
    const child = start(folder);
    for await (const [word] of child.lines()) if (word === 'acknowledged') break;
    await expect(keptState(folder)).rejects.toMatchObject({
      code: 'STATE_IN_USE',
      message: expect.stringContaining(`the process ${child.process.pid}`),
    });
    child.process.kill('SIGKILL');
    await once(child.process, 'exit');
    expect((await keptState(folder)).state.read().pools.size).toBeGreaterThan(0);
  });
});

describe('a disk that is full', () => {
  test('ends what is accepted, with the reason; what was acknowledged is there', async () => {
    const folder = stateFolder();
    const child = start(folder, 300);
    const said: (readonly [string, unknown])[] = [];
    for await (const line of child.lines()) said.push(line);
    const acknowledged = said.filter(([word]) => word === 'acknowledged').map(([, number]) => Number(number));
    const refusal = { code: 'STATE_NOT_KEPT', message: expect.stringContaining(`can no longer be kept in ${folder}`) };
    expect(said.filter(([word]) => word === 'failed')).toEqual([['failed', refusal]]);
    expect(said.at(-1)).toEqual(['ended', refusal]);

    const last = Math.max(...acknowledged);
    const { state } = await keptState(folder);
    expect(state.read().pools.get(`latest ${last}`)?.description).toBe(String(last));
  });
});
