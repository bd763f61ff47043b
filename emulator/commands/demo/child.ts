import { type ChildProcess, spawn } from 'node:child_process';
import type { Deadlines } from '../../../runtime/deadlines.js';
import { type ReadyMessage, readNews, readReady } from '../parent.js';

export interface ChildOptions {
  /** For people, e.g. `connector tokyo-1`. */
  readonly name: string;
  /** What Node runs: the program and what comes before it, e.g. a loader. See {@link thisProgram}. */
  readonly program: readonly string[];
  /** The program's command, with its arguments. */
  readonly args: readonly string[];
  /** Added to this process's environment; secrets go here, because arguments are shown by `ps`. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly deadlines: Deadlines;
  /** What it tells while it runs (see parent.ts). */
  readonly onNews?: (news: string) => void;
}

export interface Child {
  readonly name: string;
  readonly pid: number | undefined;
  /** Resolves when it says so, with what it says; never, when it ends before (see parent.ts). */
  readonly ready: Promise<ReadyMessage['ready']>;
  readonly exited: Promise<Exit>;
  /** Resolves when it is gone. */
  kill(signal: NodeJS.Signals): Promise<Exit>;
  /** SIGTERM, then SIGKILL after a grace. Resolves when it is gone. */
  stop(): Promise<void>;
}

export interface Exit {
  /** e.g. `exit code 1`, `SIGKILL`. */
  readonly how: string;
  /** The last lines it wrote. */
  readonly output: readonly string[];
}

/** How long a child may drain, in milliseconds. */
const GRACE = 5_000;
const KEPT_LINES = 12;
/** Characters of a child's output that are kept, at most. */
const KEPT_OUTPUT = 16_384;

/** The program that runs now, started the same way: from a bundle, or from the sources through a loader. */
export function thisProgram(): readonly string[] {
  return [...process.execArgv, process.argv[1] ?? ''];
}

/**
 * Starts a process.
 *
 * Over its IPC channel it says that it is ready. The channel closes when this process ends, however it ends, and the
 * child stops then (parent.ts). It is `detached` so that a Ctrl-C in the terminal reaches this process alone, which then
 * stops all in order.
 */
export function startChild(options: ChildOptions): Child {
  const child = spawn(process.execPath, [...options.program, ...options.args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...options.environment },
    detached: true,
  });
  let output = '';
  const keep = (text: string): void => {
    output = (output + text).slice(-KEPT_OUTPUT);
  };
  child.stdout?.setEncoding('utf8').on('data', keep);
  child.stderr?.setEncoding('utf8').on('data', keep);
  const ready = new Promise<ReadyMessage['ready']>((resolve) => {
    child.on('message', (message) => {
      const facts = readReady(message);
      if (facts) resolve(facts);
    });
  });
  child.on('message', (message) => {
    const news = readNews(message);
    if (news !== undefined) options.onNews?.(news);
  });
  const exited = new Promise<Exit>((resolve) => {
    child.once('error', (error) => resolve({ how: error.message, output: [] }));
    // 'close' rather than 'exit': by then everything it wrote has been read.
    child.once('close', (code, signal) =>
      resolve({ how: signal ?? `exit code ${code}`, output: output.trimEnd().split('\n').slice(-KEPT_LINES) }),
    );
  });
  return {
    name: options.name,
    pid: child.pid,
    ready,
    exited,
    kill: (signal) => {
      child.kill(signal);
      return exited;
    },
    stop: () => stopChild(child, exited, options.deadlines),
  };
}

async function stopChild(child: ChildProcess, exited: Promise<Exit>, deadlines: Deadlines): Promise<void> {
  child.kill('SIGTERM');
  const kill = deadlines.after(GRACE, () => child.kill('SIGKILL'));
  await exited;
  kill.cancel();
}
