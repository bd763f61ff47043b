import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { processorSeconds } from './processes.js';
import { describeProfiles } from './profile.js';
import { median, medianRatio } from './statistics.js';
import { table } from './table.js';
import { BYTES, startWays, type Way } from './tunnel-ways.js';

export interface Size {
  readonly rounds: number;
  /** Seconds of small bodies in one round. */
  readonly seconds: number;
  /** Large bodies in one round. */
  readonly times: number;
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
