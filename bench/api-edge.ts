import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Pool } from 'undici';
import { exportConfig } from '../emulator/config/index.js';
import { ACCOUNT, fill, openKept, type Size, unkept } from './kept-account.js';
import { freePort, processorSeconds, type Running, start, until200 } from './processes.js';
import { MAIN } from './targets.js';

/** An edge in a process of its own, and who asks its API. */
export interface ApiEdge {
  readonly name: string;
  readonly running: Running;
  /** Milliseconds from spawning it to its first `ready`. */
  readonly started: number;
  /** One request; anything but 200 ends the benchmark. */
  ask(method: 'GET' | 'PATCH' | 'POST', path: string, body?: object): Promise<string>;
  stop(): Promise<void>;
}

/** What an edge starts from: a file that has everything, or a folder that does, beside a file that has nothing. */
export interface Start {
  readonly file: string;
  readonly state?: string;
  readonly size: Size;
}

/** Prepares what an edge of this size starts from, below `folder`. */
export async function prepared(folder: string, name: string, size: Size, kept: boolean): Promise<Start> {
  const file = join(folder, `${name}.yaml`);
  if (!kept) {
    const state = unkept();
    fill(state, size);
    writeFileSync(file, exportConfig(state.read(), { secrets: true }));
    return { file, size };
  }
  const state = join(folder, name);
  const opened = await openKept(state);
  fill(opened.state, size);
  await opened.state.durable();
  await opened.store.close();
  writeFileSync(file, `account: ${JSON.stringify(ACCOUNT)}\n`);
  return { file, state, size };
}

/** @param clients that ask at once, each on a connection of its own */
export async function startApiEdge(name: string, from: Start, clients: number): Promise<ApiEdge> {
  const port = await freePort();
  const listen = { api: `127.0.0.1:${port}`, cloudflared: 'off', on_ramp: 'off' };
  const others = { http: '127.0.0.1:0', https: '127.0.0.1:0', connectors: '127.0.0.1:0' };
  const file = `${from.file}.${port}.yaml`;
  writeFileSync(file, `${readFileSync(from.file, 'utf8')}\nlisten: ${JSON.stringify({ ...listen, ...others })}\n`);
  const state = from.state === undefined ? [] : ['--state', from.state];
  const begun = performance.now();
  const running = start(name, [MAIN, 'up', '--config', file, '--log-level', 'error', ...state]);
  const url = `http://127.0.0.1:${port}`;
  await until200(`${url}/colocal/v1/ready`, {}, 5);
  const started = performance.now() - begun;
  const pool = new Pool(url, { connections: clients });
  const headers = { authorization: `Bearer ${ACCOUNT.api_token}`, 'content-type': 'application/json' };
  return {
    name,
    running,
    started,
    async ask(method, path, body) {
      const answer = await pool.request({
        method,
        path: `/client/v4/accounts/${ACCOUNT.id}${path}`,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.body.text();
      if (answer.statusCode !== 200) throw new Error(`${name}: ${method} ${path}: ${answer.statusCode} ${text}`);
      return text;
    },
    async stop() {
      await pool.destroy();
      await running.stop();
    },
  };
}

/** What one kind of request gave in one slice of time. */
export interface Slice {
  readonly perSecond: number;
  /** Milliseconds of the edge's processor time for each. */
  readonly processor: number;
}

/** `clients` that each ask again once they are answered, for so many milliseconds. */
export async function slice(
  edge: ApiEdge,
  clients: number,
  milliseconds: number,
  ask: (client: number, count: number) => Promise<unknown>,
): Promise<Slice> {
  const before = processorSeconds(edge.running);
  const begun = performance.now();
  let done = 0;
  const client = async (number: number): Promise<void> => {
    for (let count = 0; performance.now() - begun < milliseconds; count++) {
      await ask(number, count);
      done++;
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  const seconds = (performance.now() - begun) / 1e3;
  return { perSecond: done / seconds, processor: ((processorSeconds(edge.running) - before) * 1e3) / done };
}
