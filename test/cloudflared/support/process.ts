import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Emulator } from '../../../emulator/index.js';
import { tokenOf } from '../../support/emulator.js';
import { CLOUDFLARED } from './binary.js';

export interface RunOptions {
  /** Behind `tunnel`, before `run`. */
  readonly args?: readonly string[];
  /** Behind `run`: the name of a tunnel whose credentials file is there. */
  readonly named?: string;
  /** In place of the token: where its credentials are, and the edge. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Default: the tunnel's own. */
  readonly token?: string;
  /** Default: those of the emulator. */
  readonly addresses?: readonly string[];
}

export interface Cloudflared {
  /** What it has logged so far. */
  readonly log: () => string;
  /** Waits until it has logged something. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  stop(): void;
  readonly ended: Promise<{ readonly code: number | null }>;
}

/** Starts cloudflared as docs/cloudflared.md says: told by its environment where the edge is. */
export async function startCloudflared(emu: Emulator, tunnel: string, options: RunOptions = {}): Promise<Cloudflared> {
  const { args = [], named = [], token = tokenOf(emu, tunnel), addresses = emu.cloudflaredAddresses } = options;
  const folder = mkdtempSync(join(tmpdir(), 'colocal-cloudflared-'));
  const ca = join(folder, 'ca.pem');
  writeFileSync(ca, await emu.caPem());
  const child = spawn(
    CLOUDFLARED ?? '',
    ['tunnel', '--no-autoupdate', '--no-prechecks', ...args, 'run', ...[named].flat()],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: options.environment ?? {
        HOME: folder,
        TUNNEL_EDGE: addresses.join(','),
        TUNNEL_CACERT: ca,
        TUNNEL_TRANSPORT_PROTOCOL: 'http2',
        TUNNEL_TOKEN: token,
        TUNNEL_METRICS: '127.0.0.1:0',
      },
    },
  );
  let log = '';
  let waiting: (() => void)[] = [];
  const wake = (): void => {
    for (const each of waiting.splice(0)) each();
  };
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
    wake();
  });
  let isOver = false;
  const ended = once(child, 'exit').then(([code]) => {
    isOver = true;
    wake();
    return { code: code as number | null };
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    log: () => log,
    ended,
    stop: () => void child.kill('SIGTERM'),
    async said(pattern) {
      for (;;) {
        const found = pattern.exec(log);
        if (found) return found;
        if (isOver) throw new Error(`cloudflared ended without having said ${pattern}:\n${log}`);
        await new Promise<void>((resolve) => {
          waiting = [...waiting, resolve];
        });
      }
    },
  };
}

/** Resolves once that many connections of a tunnel take requests. */
export function inService(emu: Emulator, tunnel: string, connections: number): Promise<void> {
  let there = 0;
  return new Promise((resolve) => {
    const stop = emu.onEvent((event) => {
      if (event.data.tunnel !== tunnel) return;
      if (event.type === 'connection.opened') there++;
      else if (event.type === 'connection.closed') there--;
      if (there < connections) return;
      stop();
      resolve();
    });
  });
}
