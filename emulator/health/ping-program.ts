import { spawn } from 'node:child_process';
import { isIP } from 'node:net';
import type { FailureReason } from './failure-reasons.js';

/**
 * - `reply`: the address answered.
 * - `silent`: it did not, before the signal aborted or the program gave up.
 * - `failed`: the network, or the program, said why not.
 */
export type PingAnswer =
  | { readonly kind: 'reply' }
  | { readonly kind: 'silent' }
  | { readonly kind: 'failed'; readonly reason: FailureReason; readonly detail: string };

/** Sends one ICMP echo to an IP address. Ends at once when the signal aborts. */
export type Ping = (address: string, signal: AbortSignal) => Promise<PingAnswer>;

export interface PingOptions {
  /** Default: `ping`, or on macOS `ping6` for IPv6. */
  readonly program?: string;
  readonly platform?: NodeJS.Platform;
}

/** What the program says is kept up to here. */
const MAX_OUTPUT = 4 * 1024;

const NOT_PERMITTED = /not permitted|permission denied|lacking privilege|must be root|are you root/i;
const NO_NETWORK = /network is unreachable/i;
const NO_ROUTE = /no route to host|(?:host|net|address|port) unreachable|destination unreachable/i;

/**
 * Pings by the system's `ping` program: raw sockets are for root, and that program has what it takes. The options are
 * those that Linux (iputils, BusyBox) and macOS share; how long to wait is none of them, so the program is ended from
 * here. Nothing passes through a shell, and only IP addresses get through.
 */
export function systemPing({ program, platform = process.platform }: PingOptions = {}): Ping {
  return async (address, signal) => {
    const version = isIP(address);
    if (version === 0) return notPossible(`${JSON.stringify(address)} is not an IP address`);
    if (platform === 'win32') return notPossible('pings are not possible on Windows');
    const command = program ?? (platform === 'darwin' && version === 6 ? 'ping6' : 'ping');
    if (signal.aborted) return { kind: 'silent' };
    return run(command, ['-n', '-c', '1', '--', address], signal);
  };
}

function run(command: string, args: readonly string[], signal: AbortSignal): Promise<PingAnswer> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Messages in English, so that they can be told apart.
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
    });
    const kill = (): void => {
      child.kill('SIGKILL');
    };
    signal.addEventListener('abort', kill, { once: true });
    let said = '';
    let complained = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(0, MAX_OUTPUT);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      complained = `${complained}${chunk}`.slice(0, MAX_OUTPUT);
    });
    const settle = (answer: PingAnswer): void => {
      signal.removeEventListener('abort', kill);
      resolve(answer);
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'ENOENT' ? 'there is none on this machine; install it' : error.message;
      settle(notPossible(`${command}: ${why}`));
    });
    child.on('close', (code) =>
      settle(signal.aborted ? { kind: 'silent' } : readAnswer(command, code, said, complained)),
    );
  });
}

/** What the end of the program means. Exit codes differ between systems, but for 0. */
export function readAnswer(command: string, code: number | null, said: string, complained: string): PingAnswer {
  if (code === 0) return { kind: 'reply' };
  const line = firstLine(complained);
  if (NOT_PERMITTED.test(complained)) return notPossible(line);
  if (NO_NETWORK.test(complained)) return { kind: 'failed', reason: 'Network Unreachable', detail: line };
  const unreachable = [complained, said].find((text) => NO_ROUTE.test(text));
  if (unreachable !== undefined) {
    const detail = unreachable.split('\n').find((each) => NO_ROUTE.test(each)) ?? '';
    return { kind: 'failed', reason: 'No route to host error', detail: detail.trim() };
  }
  return line === '' ? { kind: 'silent' } : notPossible(line.startsWith(command) ? line : `${command}: ${line}`);
}

function notPossible(why: string): PingAnswer {
  return {
    kind: 'failed',
    reason: 'Monitor Config Error',
    detail: `pings need the system’s ping program, and the right to run it: ${why}`,
  };
}

function firstLine(text: string): string {
  return (text.split('\n').find((line) => line.trim() !== '') ?? '').trim();
}
