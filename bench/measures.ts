import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Load, load } from './load.js';
import { freePort, residentMemory, start, typescript, until200 } from './processes.js';
import { startEdge, type Target, writeConfig } from './targets.js';

const execute = promisify(execFile);

/** Small bodies, each target in turn, `rounds` times; a round nobody counts comes first. */
export async function smallBodies(
  targets: readonly Target[],
  rounds: number,
  seconds: number,
): Promise<Map<string, Load[]>> {
  const CONNECTIONS = 64;
  const results = new Map<string, Load[]>(targets.map((target) => [target.name, []]));
  for (const target of targets) await load(target, '/health', CONNECTIONS, Math.min(seconds, 2));
  for (let round = 0; round < rounds; round++) {
    for (const target of targets) results.get(target.name)?.push(await load(target, '/health', CONNECTIONS, seconds));
  }
  return results;
}

export type Direction = 'download' | 'upload';

/** Seconds that moving `times` bodies of `bytes` took, one after the other, in a process of its own. */
export async function transfer(target: Target, direction: Direction, bytes: number, times: number): Promise<number> {
  const args = [direction, target.url, String(bytes), String(times), JSON.stringify(target.headers)];
  const { stdout } = await execute(process.execPath, typescript('transfer.ts', ...args), { timeout: 300_000 });
  const seconds = Number(stdout);
  if (!(seconds > 0)) throw new Error(`the transfer's report is not understood: ${stdout}`);
  return seconds;
}

/** Megabytes per second with large bodies, each target in turn, `rounds` times; a round nobody counts comes first. */
export async function largeBodies(
  targets: readonly Target[],
  direction: Direction,
  bytes: number,
  rounds: number,
  times: number,
): Promise<Map<string, number[]>> {
  const results = new Map<string, number[]>(targets.map((target) => [target.name, []]));
  for (const target of targets) await transfer(target, direction, bytes, 1);
  for (let round = 0; round < rounds; round++) {
    for (const target of targets) {
      const seconds = await transfer(target, direction, bytes, times);
      results.get(target.name)?.push((bytes * times) / 1e6 / seconds);
    }
  }
  return results;
}

export interface Starts {
  /** Milliseconds from spawning to the first 200. */
  readonly ready: number[];
  /** Resident bytes some time after that; empty where it cannot be read. */
  readonly idle: number[];
}

/** Starts a bare HTTP server and the edge in turn, `rounds` times, and lets each rest for `settle` milliseconds. */
export async function starts(rounds: number, settle: number): Promise<{ bare: Starts; edge: Starts }> {
  const bare: Starts = { ready: [], idle: [] };
  const edge: Starts = { ready: [], idle: [] };
  const note = async (into: Starts, begin: () => { running: ReturnType<typeof start>; url: string }): Promise<void> => {
    const from = performance.now();
    const { running, url } = begin();
    await until200(url, {}, 1);
    into.ready.push(performance.now() - from);
    await sleep(settle);
    const memory = residentMemory(running.pid);
    if (memory !== undefined) into.idle.push(memory);
    await running.stop();
  };
  for (let round = 0; round < rounds; round++) {
    const port = await freePort();
    const server = `require('node:http').createServer((request, response) => response.end()).listen(${port}, '127.0.0.1')`;
    await note(bare, () => ({ running: start('bare server', ['-e', server]), url: `http://127.0.0.1:${port}/` }));
    // Nothing is asked of the origin, so its port need not be open.
    const config = await writeConfig('http://127.0.0.1:9');
    await note(edge, () => ({ running: startEdge(config), url: config.ready }));
    config.remove();
  }
  return { bare, edge };
}
