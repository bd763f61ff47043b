import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { type Program, start } from '../../processes/support/program.js';

/**
 * Stands in front of every network namespace of these tests. The id of the process that made it follows, so that what
 * a run has left behind that was killed can be told from what another run is using.
 */
const PREFIX = 'colocal-test-';

let made = 0;

/** One end of a link: in which namespace it is, what the device is called there, and its address. */
export interface End {
  readonly in: string;
  readonly device: string;
  /** With the length of its prefix, e.g. `10.251.0.1/30`. */
  readonly address: string;
}

/** Why no network namespaces can be made here; undefined where they can. */
export function noNamespaces(): string | undefined {
  if (process.platform !== 'linux') return `they are Linux's, and this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'only root may make them';
  const probe = `${PREFIX}${process.pid}-probe`;
  try {
    sweep();
    ip('netns', 'add', probe);
    try {
      ip('-n', probe, 'link', 'add', 'one', 'type', 'veth', 'peer', 'name', 'other');
      // It mounts what is below /sys anew, which not every container may.
      ip('netns', 'exec', probe, 'true');
    } finally {
      ip('netns', 'delete', probe);
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.trim().replaceAll('\n', ': ') : String(error);
  }
}

/**
 * Networks of a test's own: namespaces, and links between them. No link leads out of them, neither to another test nor
 * to this machine's network. They are removed when the test has finished, after the processes inside, however it ended.
 */
export class Namespaces {
  private readonly prefix = `${PREFIX}${process.pid}-${made++}-`;

  constructor() {
    onTestFinished(() => {
      for (const name of existing()) if (name.startsWith(this.prefix)) ip('netns', 'delete', name);
    });
  }

  /** Makes one, which has nothing but its loopback. */
  add(name: string): void {
    ip('netns', 'add', this.full(name));
    this.ip(name, 'link', 'set', 'lo', 'up');
  }

  /** A cable: a pair of devices, each made where it belongs, so that none is ever in the machine's own namespace. */
  link(one: End, other: End): void {
    const peer = ['peer', 'name', other.device, 'netns', this.full(other.in)];
    this.ip(one.in, 'link', 'add', one.device, 'type', 'veth', ...peer);
    for (const end of [one, other]) {
      this.ip(end.in, 'address', 'add', end.address, 'dev', end.device);
      this.ip(end.in, 'link', 'set', end.device, 'up');
    }
  }

  /** `ip ARGS` inside of one. */
  ip(name: string, ...args: readonly string[]): void {
    ip('-n', this.full(name), ...args);
  }

  /** Starts a command inside of one, as `start` does: it is killed, if it still runs, when the test has finished. */
  start(name: string, command: string, args: readonly string[]): Program {
    return start('ip', ['netns', 'exec', this.full(name), command, ...args]);
  }

  private full(name: string): string {
    return `${this.prefix}${name}`;
  }
}

/** Removes what runs have left behind whose process has gone, with the processes inside. */
function sweep(): void {
  for (const name of existing()) {
    const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (owner === undefined || existsSync(`/proc/${owner}`)) continue;
    for (const pid of ip('netns', 'pids', name).split('\n').filter(Boolean)) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // It ended meanwhile.
      }
    }
    try {
      ip('netns', 'delete', name);
    } catch {
      // Another test file sweeps too, and was first.
    }
  }
}

function existing(): string[] {
  return ip('netns', 'list')
    .split('\n')
    .flatMap((line) => line.split(' ')[0] || []);
}

function ip(...args: readonly string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
