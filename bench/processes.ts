import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that the benchmark started, with what it said last, for when it dies early. */
export interface Running {
  readonly name: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const started = new Set<ChildProcess>();

// Whatever ends the benchmark, nothing is left behind.
process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL');
});

export function start(
  name: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  program = process.execPath,
): Running {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  started.add(child);
  let tail = '';
  const keep = (chunk: Buffer): void => {
    tail = (tail + chunk.toString()).slice(-2_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  let stopping = false;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      started.delete(child);
      if (!stopping) {
        console.error(`${name} ended by itself (${signal ?? `status ${code}`}):\n${tail}`);
        process.exit(1);
      }
      resolve();
    });
  });
  return {
    name,
    pid: child.pid ?? 0,
    async stop() {
      stopping = true;
      child.kill('SIGTERM');
      const patience = new AbortController();
      const killed = sleep(10_000, undefined, { signal: patience.signal }).then(
        () => child.kill('SIGKILL'),
        () => undefined,
      );
      await ended;
      patience.abort();
      await killed;
    },
  };
}

/** The arguments that make Node run a TypeScript file as this process runs. */
export function typescript(file: string, ...args: string[]): string[] {
  return [...process.execArgv, join(import.meta.dirname, file), ...args];
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

/** One GET: its status, or undefined when nobody answered. */
export function statusOf(url: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, headers }, (response) => {
      response.resume();
      response.once('close', () => resolve(response.statusCode));
    });
    request.once('error', () => resolve(undefined));
  });
}

/** Asks until the answer is 200, every `pause` milliseconds; gives up after 30 seconds. */
export async function until200(url: string, headers: Record<string, string> = {}, pause = 20): Promise<void> {
  const giveUp = performance.now() + 30_000;
  let last: number | undefined;
  while (performance.now() < giveUp) {
    last = await statusOf(url, headers);
    if (last === 200) return;
    await sleep(pause);
  }
  throw new Error(`${url} did not answer 200 within 30 s (last: ${last ?? 'no answer'})`);
}

/** Resident memory in bytes, as Linux tells it; undefined elsewhere. */
export function residentMemory(pid: number): number | undefined {
  try {
    const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return match ? Number(match[1]) * 1024 : undefined;
  } catch {
    return undefined;
  }
}

const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Seconds of processor time that a process has used, as Linux tells it. */
export function processorSeconds({ pid }: Running): number {
  const [user = '0', system = '0'] = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
    .slice(11, 13);
  return (Number(user) + Number(system)) / TICKS;
}
