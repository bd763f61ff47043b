import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from './load.js';
import { type Direction, transfer } from './measures.js';
import { freePort, type Running, start, typescript, until200 } from './processes.js';
import { MAIN, startOrigin } from './targets.js';
import { hostOf, startCloudflared, startEdge, startPeer, tokenOf } from './tunnel-edge.js';

/** Bytes of a large body. */
export const BYTES = 100e6;
/** Load from this many connections. */
const AT_ONCE = 64;
/** Over which connections of cloudflared the edge sends what enters in one data center: those nearest to it. */
const MINIMAL_CONNECTIONS = 2;

/** What is loaded, and the process whose time is told. */
export interface Way {
  readonly name: string;
  readonly measured: Running;
  /** Requests a second. */
  small(seconds: number): Promise<number>;
  /** Seconds that it took. */
  bulk(direction: Direction, times: number): Promise<number>;
}

export interface Ways {
  readonly websocket: Way;
  readonly cloudflared: Way;
  /** node:http2 and nothing of ours, towards the same peer. */
  readonly minimal: Way;
  stop(): Promise<void>;
}

/** @param flags Node's own for the edge, e.g. `--cpu-prof` */
export async function startWays(flags: readonly string[] = []): Promise<Ways> {
  const origin = await startOrigin();
  const { url } = origin.target;
  const edge = await startEdge(['websocket', 'cloudflared'], url, flags);
  const minimal = await startMinimal();
  const connectors = [
    start('connector', [MAIN, 'agent', 'run', '--edge', edge.connectors, '--token', tokenOf(0)]),
    startCloudflared(edge, tokenOf(1), url),
    startPeer(
      minimal.caFile,
      Array.from({ length: MINIMAL_CONNECTIONS }, () => minimal.address),
      url,
    ),
  ];
  await until200(`${edge.api}/ready?for=tunnels`);
  await until200(`${minimal.control}/ready`);
  const throughEdge = (name: string): Way => {
    const target = { name, url: edge.url, headers: { Host: hostOf(name) } };
    return {
      name,
      measured: edge.running,
      small: async (seconds) => (await load(target, '/health', AT_ONCE, seconds)).requestsPerSecond,
      bulk: (direction, times) => transfer(target, direction, BYTES, times),
    };
  };
  const ways = {
    websocket: throughEdge('websocket'),
    cloudflared: throughEdge('cloudflared'),
    minimal: minimal.way,
  };
  for (const { name } of [ways.websocket, ways.cloudflared])
    await until200(`${edge.url}/health`, { Host: hostOf(name) });
  return {
    ...ways,
    async stop() {
      for (const each of [...connectors, edge, minimal.way.measured, origin.running]) await each.stop();
      minimal.remove();
    },
  };
}

async function startMinimal() {
  const folder = mkdtempSync(join(tmpdir(), 'colocal-minimal-'));
  const caFile = join(folder, 'ca.pem');
  const [control, tls] = [await freePort(), await freePort()];
  const measured = start('minimal HTTP/2', typescript('minimal-http2.ts', String(control), String(tls), caFile));
  const base = `http://127.0.0.1:${control}`;
  await until200(`${base}/listening`);
  const ask = async (query: string): Promise<{ readonly requests: number; readonly seconds: number }> => {
    const answer = await fetch(`${base}/${query}`);
    if (!answer.ok) throw new Error(`node:http2 alone: ${await answer.text()}`);
    return (await answer.json()) as { requests: number; seconds: number };
  };
  const way: Way = {
    name: 'node:http2 alone',
    measured,
    small: async (wanted) => {
      const { requests, seconds } = await ask(`small?seconds=${wanted}`);
      return requests / seconds;
    },
    bulk: async (direction, times) => (await ask(`${direction}?bytes=${BYTES}&times=${times}`)).seconds,
  };
  return {
    way,
    caFile,
    address: `127.0.0.1:${tls}`,
    control: base,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
