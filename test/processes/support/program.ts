import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFailed, onTestFinished } from 'vitest';
import { MARK } from './left-behind.js';
import { PROJECT } from './project.js';
import { Said } from './said.js';

/** What users run: the bundle. */
export function builtMain(): string {
  const main = join(PROJECT, 'dist/main.cjs');
  if (!existsSync(main)) throw new Error('dist/main.cjs is missing: run `npm run build` first (`npm test` does)');
  return main;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** All of standard output, and all of standard error. */
  readonly out: string;
  readonly err: string;
}

export interface Program {
  readonly pid: number;
  readonly out: Said;
  readonly err: Said;
  /** Resolves when it has ended and everything it wrote was read. */
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
}

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Leads a process group of its own, as what a shell starts in a terminal does. */
  readonly group?: boolean;
}

/** Runs `colocal` with these arguments. It is killed, if it still runs, when the test has finished. */
export function colocal(args: readonly string[], options: StartOptions = {}): Program {
  return start(process.execPath, [builtMain(), ...args], options);
}

/** Runs `colocal` to its end. */
export function runColocal(args: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return colocal(args, options).ended;
}

/** Starts a line of shell, as a user types it into a terminal: what it starts is one process group. */
export function shell(line: string, options: StartOptions = {}): Program {
  return start('bash', ['-c', line], { ...options, group: true });
}

/** Runs a line of shell to its end. */
export function runShell(line: string, options: StartOptions = {}): Promise<Ended> {
  return shell(line, options).ended;
}

/** Runs a command that must succeed, outside of any test too. */
export async function run([command = '', ...args]: readonly string[], cwd: string): Promise<string> {
  return (await promisify(execFile)(command, args, { cwd, env: environment() })).stdout;
}

/** As {@link colocal}, for any command. */
export function start(command: string, args: readonly string[], options: StartOptions = {}): Program {
  const child = spawn(command, args, {
    cwd: options.cwd ?? PROJECT,
    env: { ...environment(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: options.group === true,
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} cannot be started`);
  const name = [command, ...args].join(' ');
  const out = new Said(child.stdout, name);
  const err = new Said(child.stderr, name);
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, out: out.text, err: err.text }));
  });
  const kill = (signal: NodeJS.Signals): void => {
    process.kill(options.group ? -pid : pid, signal);
  };
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) kill('SIGKILL');
    await ended;
  });
  // A test that waited in vain shows what it waited for.
  onTestFailed(() => console.error([`== ${name}`, out.text, err.text].join('\n')));
  return { pid, out, err, ended, kill };
}

/** This process's environment without what would change what colocal does, or how npm behaves below npm. */
function environment(): Record<string, string> {
  const own = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      !/^(?:COLOCAL_|TUNNEL_TOKEN$|NODE_OPTIONS$|VITEST|npm_(?:lifecycle|package)_)/.test(entry[0]),
  );
  return { ...Object.fromEntries(own), [MARK.name]: MARK.value, NO_COLOR: '1' };
}
