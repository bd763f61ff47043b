import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from './load.js';
import { type Direction, transfer } from './measures.js';
import { freePort, processorSeconds, type Running, start, typescript, until200 } from './processes.js';
import { describeProfiles } from './profile.js';
import { median, medianRatio } from './statistics.js';
import { table } from './table.js';
import { MAIN, startOrigin } from './targets.js';
import { hostOf, startCloudflared, startEdge, startPeer, tokenOf } from './tunnel-edge.js';

const BYTES = 100e6;
/** Load from this many connections. */
const AT_ONCE = 64;
/** Over which connections of cloudflared the edge sends what enters in one data center: those nearest to it. */
const MINIMAL_CONNECTIONS = 2;

export interface Size {
  readonly rounds: number;
  /** Seconds of small bodies in one round. */
  readonly seconds: number;
  /** Large bodies in one round. */
  readonly times: number;
}

/** What is loaded, and the process whose time is told. */
interface Way {
  readonly name: string;
  readonly measured: Running;
  /** Requests a second. */
  small(seconds: number): Promise<number>;
  /** Seconds that it took. */
  bulk(direction: Direction, times: number): Promise<number>;
}

interface Round {
  /** Requests a second, or MB a second. */
  readonly amount: number;
  /** Milliseconds of processor time for 1,000 requests, or for 100 MB. */
  readonly processor: number;
}

const KINDS: Readonly<Record<string, (way: Way, size: Size) => Promise<[amount: number, units: number]>>> = {
  'small bodies, requests/s': async (way, { seconds }) => {
    const perSecond = await way.small(seconds);
    return [perSecond, (perSecond * seconds) / 1_000];
  },
  'download, MB/s': async (way, { times }) => moved(times, await way.bulk('download', times)),
  'upload, MB/s': async (way, { times }) => moved(times, await way.bulk('upload', times)),
};

function moved(times: number, took: number): [number, number] {
  return [(BYTES * times) / 1e6 / took, times];
}

interface Ways {
  readonly websocket: Way;
  readonly cloudflared: Way;
  /** node:http2 and nothing of ours, towards the same peer. */
  readonly minimal: Way;
  stop(): Promise<void>;
}

/** @param flags Node's own for the edge, e.g. `--cpu-prof` */
async function startWays(flags: readonly string[] = []): Promise<Ways> {
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

/** Every kind of load over every way in turn, round by round. */
export async function measureTraffic(size: Size): Promise<void> {
  const ways = await startWays();
  const each = [ways.websocket, ways.cloudflared, ways.minimal];
  const names = each.map(({ name }) => name);
  const amounts = [['', ...names, 'ratio', '/ alone']];
  const processor = [['', ...names, 'ratio', 'more', 'more / alone']];
  for (const [kind, work] of Object.entries(KINDS)) {
    const results = new Map<Way, Round[]>(each.map((way) => [way, []]));
    // The first round is for the compiler, and does not count.
    for (let round = 0; round <= size.rounds; round++) {
      for (const way of each) {
        const before = processorSeconds(way.measured);
        const [amount, units] = await work(way, size);
        const used = ((processorSeconds(way.measured) - before) * 1_000) / units;
        if (round > 0) results.get(way)?.push({ amount, processor: used });
      }
    }
    const of = (way: Way, key: keyof Round): number[] => (results.get(way) ?? []).map((one) => one[key]);
    const ratio = (key: keyof Round, a: Way, b: Way): string => medianRatio(of(a, key), of(b, key)).toFixed(2);
    const medians = (key: keyof Round): string[] => each.map((way) => median(of(way, key)).toFixed(0));
    amounts.push([
      kind,
      ...medians('amount'),
      ratio('amount', ways.cloudflared, ways.websocket),
      ratio('amount', ways.cloudflared, ways.minimal),
    ]);
    const websocket = of(ways.websocket, 'processor');
    const more = of(ways.cloudflared, 'processor').map((used, round) => used - (websocket[round] ?? Number.NaN));
    processor.push([
      kind.replace(/,.*/, ''),
      ...medians('processor'),
      ratio('processor', ways.cloudflared, ways.websocket),
      median(more).toFixed(0),
      medianRatio(more, of(ways.minimal, 'processor')).toFixed(2),
    ]);
  }
  await ways.stop();
  console.log(`${table(amounts)}\n`);
  console.log('Milliseconds of processor time for 1,000 requests, or for 100 MB, of the edge or of node:http2 alone.');
  console.log('more: what the edge needs more for cloudflared than for our connector\n');
  console.log(`${table(processor)}\n`);
}

/** Runs each kind of load over both of the edge's ways with the edge under the profiler, and says where its time went. */
export async function profileTraffic(folder: string, size: Size): Promise<void> {
  for (const [kind, work] of Object.entries(KINDS)) {
    for (const name of ['websocket', 'cloudflared'] as const) {
      const into = join(folder, `${kind.replace(/ .*|,.*/, '')}-${name}`);
      mkdirSync(into, { recursive: true });
      const ways = await startWays(['--cpu-prof', `--cpu-prof-dir=${into}`, '--cpu-prof-name=edge.cpuprofile']);
      await work(ways[name], size);
      await ways.stop();
      console.log(`${kind}, ${name}\n${describeProfiles(into)}\n`);
    }
  }
}
