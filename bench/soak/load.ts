import { request } from 'node:http';
import { WebSocket } from 'ws';
import type { Emulator } from '../../emulator/index.js';
import type { Rng } from '../../runtime/rng.js';
import { DATA_CENTERS } from './setup.js';

/** One that takes so long is given up, and counted as such. Milliseconds. */
const PATIENCE = 15_000;
const UPLOAD = Buffer.alloc(100_000, 'colocal ');

/** How requests ended, by what they were: `GET 200`, `POST 502`, `WebSocket closed`... */
export type Outcomes = Map<string, number>;

type Visit = (emu: Emulator, rng: Rng) => Promise<string>;

/** What clients do, and how often of a hundred times. */
const VISITS: readonly (readonly [share: number, visit: Visit])[] = [
  [35, (emu, rng) => fetched(emu, rng, 'GET', '/')],
  [15, (emu, rng) => fetched(emu, rng, 'GET', '/slow?ms=200')],
  [15, (emu, rng) => fetched(emu, rng, 'GET', '/bytes/200000')],
  [15, (emu, rng) => fetched(emu, rng, 'POST', '/upload', UPLOAD)],
  [5, (emu, rng) => fetched(emu, rng, 'GET', '/', undefined, 'http://sticky.example.com')],
  [5, (emu, rng) => fetched(emu, rng, 'GET', '/', undefined, 'https://public.example.com')],
  [4, (emu) => givenUp(emu)],
  [3, (emu) => echoed(emu)],
  [3, (emu) => dialled(emu)],
];

/** Sends at a steady rate until it is stopped, in real time; `stop` resolves when everything has ended. */
export function startLoad(emu: Emulator, rng: Rng, perSecond: number, outcomes: Outcomes): { stop(): Promise<void> } {
  const open = new Set<Promise<void>>();
  const begun = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - begun) * perSecond) / 1_000);
    // A machine that is late sends what it can: nobody is overrun.
    for (; sent < due; sent++) if (open.size < perSecond) send(rng.fork(sent));
  }, 20);
  const send = (own: Rng): void => {
    const visit = chosen(own.int(100));
    const ended = visit(emu, own).then((outcome) => {
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      open.delete(ended);
    });
    open.add(ended);
  };
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
    },
  };
}

function chosen(drawn: number): Visit {
  let sum = 0;
  for (const [share, visit] of VISITS) {
    sum += share;
    if (drawn < sum) return visit;
  }
  throw new Error('the shares are less than a hundred');
}

async function fetched(
  emu: Emulator,
  rng: Rng,
  method: string,
  path: string,
  body?: Buffer,
  site = 'http://app.example.com',
): Promise<string> {
  const colo = DATA_CENTERS[rng.int(DATA_CENTERS.length)] ?? 'NRT';
  const signal = AbortSignal.timeout(PATIENCE);
  try {
    const response = await emu.fetch(`${site}${path}`, { method, colo, signal, ...(body && { body }) });
    await response.arrayBuffer();
    return `${method} ${response.status}`;
  } catch {
    return `${method} ${signal.aborted ? 'too slow' : 'broken'}`;
  }
}

/** A client that goes away in the middle. */
async function givenUp(emu: Emulator): Promise<string> {
  const abort = new AbortController();
  try {
    const response = await emu.fetch('http://app.example.com/bytes/5000000', { signal: abort.signal });
    const reader = response.body?.getReader();
    await reader?.read();
    abort.abort();
    await reader?.cancel();
    return 'given up';
  } catch {
    return 'given up';
  }
}

function echoed(emu: Emulator): Promise<string> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${String(emu.url).replace('http', 'ws')}/ws`, {
      headers: { host: 'app.example.com' },
      handshakeTimeout: PATIENCE,
    });
    const late = setTimeout(() => socket.terminate(), PATIENCE);
    let heard = false;
    socket.once('open', () => socket.send('hello'));
    socket.on('message', () => {
      heard = true;
      socket.close();
    });
    socket.once('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(late);
      resolve(`WebSocket ${heard ? 'echoed' : 'broken'}`);
    });
  });
}

/** TCP through the on-ramp to the private address. */
function dialled(emu: Emulator): Promise<string> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(String(emu.onRampUrl));
    const path = `10.1.2.3:${privatePort(emu)}`;
    const outgoing = request({
      hostname,
      port,
      method: 'CONNECT',
      path,
      headers: { Host: path, 'Proxy-Authorization': LAB },
    });
    const late = setTimeout(() => outgoing.destroy(), PATIENCE);
    let outcome = 'private TCP broken';
    const over = (): void => {
      clearTimeout(late);
      resolve(outcome);
    };
    outgoing.once('error', over);
    outgoing.once('connect', ({ statusCode }, socket) => {
      outcome = `private TCP ${statusCode}`;
      if (statusCode !== 200) {
        socket.destroy();
        over();
        return;
      }
      socket.once('error', () => undefined);
      socket.once('close', over);
      socket.resume();
      socket.write('GET /health HTTP/1.1\r\nHost: private\r\nConnection: close\r\n\r\n');
    });
    outgoing.end();
  });
}

/** No user is asked for; what follows the plus is the virtual network. */
const LAB = `Basic ${Buffer.from('+lab:').toString('base64')}`;

function privatePort(emu: Emulator): number {
  const pool = [...emu.state.read().pools.values()].find(({ name }) => name === 'private');
  return pool?.origins[0]?.port ?? 0;
}
