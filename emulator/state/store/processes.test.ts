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
import { type Line, SLOTS } from './child.fixture.js';
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
    // import() does not look into NODE_PATH.
    supported: { 'dynamic-import': false },
    logLevel: 'error',
  });
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Child {
  readonly process: ChildProcess;
  /** What it says, up to its end. */
  lines(): AsyncIterable<Line>;
}

/** @param blocks kilobytes that a file of it may have */
function start(folders: readonly string[], blocks?: number): Child {
  const command = [process.execPath, program, ...folders];
  const limited =
    blocks === undefined ? command : ['bash', '-c', `ulimit -f ${blocks}; exec "$@"`, 'child', ...command];
  const [file = '', ...args] = limited;
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, NODE_PATH: join(here, '../../../node_modules') },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    process: child,
    async *lines() {
      for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line) as Line;
    },
  };
}

/** What all transactions up to a number leave. */
function after(last: number): Record<string, string> {
  const pools: Record<string, string> = last === 0 ? {} : { [`latest-${last}`]: String(last) };
  for (let number = Math.max(1, last - SLOTS + 1); number <= last; number++) {
    for (const half of ['a', 'b']) pools[`slot-${number % SLOTS}-${half}`] = String(number);
  }
  return pools;
}

interface Kept {
  readonly folder: string;
  /** The highest number that was ever acknowledged. */
  acknowledged: number;
}

/** All of the transactions up to one, none that was acknowledged missing, and nothing of what came after. */
function expectWhole(pools: Readonly<Record<string, string>>, { acknowledged }: Kept): void {
  const last = Math.max(0, ...Object.values(pools).map(Number));
  expect(last).toBeGreaterThanOrEqual(acknowledged);
  expect(pools).toEqual(after(last));
}

/** Starts a process and kills it when it has said some lines: maybe while it opens, maybe in the middle of a write. */
async function round(kept: readonly Kept[], rng: Rng): Promise<void> {
  const child = start(kept.map(({ folder }) => folder));
  const ended = once(child.process, 'exit');
  let left = rng.int(40);
  for await (const line of child.lines()) {
    const of = 'of' in line ? kept[line.of] : undefined;
    if (line.is === 'found' && of) expectWhole(line.pools, of);
    else if (line.is === 'acknowledged' && of) of.acknowledged = Math.max(of.acknowledged, line.number);
    else expect(line.is).toBe('started');
    if (left-- === 0) child.process.kill('SIGKILL');
  }
  await ended;
}

/** Each process keeps several accounts, so that a kill finds them at different moments. */
const KILLS = 50;
const ACCOUNTS = 4;

describe('a process that is killed', () => {
  test(`loses nothing that was acknowledged, and leaves no half of a transaction: ${KILLS} times, ${ACCOUNTS} stores each`, async () => {
    const rng = createRng('killed');
    const lanes = Array.from({ length: 2 }, () =>
      Array.from({ length: ACCOUNTS }, (): Kept => ({ folder: stateFolder(), acknowledged: 0 })),
    );
    await Promise.all(
      lanes.map(async (kept, lane) => {
        for (let kill = lane; kill < KILLS; kill += lanes.length) await round(kept, rng.fork(kill));
      }),
    );
    for (const kept of lanes.flat()) {
      expect(kept.acknowledged).toBeGreaterThan(SLOTS);
      const { state } = await keptState(kept.folder);
      expectWhole(
        Object.fromEntries([...state.read().pools.values()].map(({ name, description }) => [name, description])),
        kept,
      );
    }
    // 20 s of one processor; much more where others want it too.
  }, 300_000);

  test('lets go of the folder; one that lives does not', async () => {
    const folder = stateFolder();
    const child = start([folder]);
    for await (const { is } of child.lines()) if (is === 'acknowledged') break;
    await expect(keptState(folder)).rejects.toMatchObject({
      code: 'STATE_IN_USE',
      message: expect.stringContaining(`the process ${child.process.pid}`),
    });
    child.process.kill('SIGKILL');
    await once(child.process, 'exit');
    expect((await keptState(folder)).state.read().pools.size).toBeGreaterThan(0);
  }, 60_000);
});

describe('a disk that is full', () => {
  test('ends what is accepted, with the reason; what was acknowledged is there', async () => {
    const folder = stateFolder();
    const child = start([folder], 100);
    const said: Line[] = [];
    for await (const line of child.lines()) said.push(line);
    const acknowledged = said.flatMap((line) => (line.is === 'acknowledged' ? [line.number] : []));
    const refusal = { code: 'STATE_NOT_KEPT', message: expect.stringContaining(`can no longer be kept in ${folder}`) };
    expect(said.filter(({ is }) => is === 'failed')).toEqual([{ is: 'failed', ...refusal }]);
    expect(said.at(-1)).toEqual({ is: 'ended', ...refusal });

    const last = Math.max(...acknowledged);
    const { state } = await keptState(folder);
    expect(state.read().pools.get(`latest-${last}`)?.description).toBe(String(last));
  }, 60_000);
});
