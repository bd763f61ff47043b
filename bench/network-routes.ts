/** The process of bench/network.ts that measures: family, rounds, sizes. Writes JSON. */
import { type Cidr, type IpAddress, parseCidr, parseIp } from '../emulator/network/ip-address.js';
import { emptyTrie, type Trie } from '../emulator/network/trie.js';
import { createRng } from '../runtime/rng.js';

/** Nanoseconds of processor time a time, by round. */
export interface Measured {
  readonly routes: number;
  readonly lookup: readonly number[];
  readonly insertion: readonly number[];
  readonly deletion: readonly number[];
  /** Of the heap, for each route: the trie's, and the prefix's own. */
  readonly bytes: number;
}

const LOOKUPS = 200_000;
/** Addresses that are asked for: about as many as an account has private endpoints. */
const ASKED = 1_000;
const CHANGES = 500;
const LENGTHS = { 4: [16, 20, 24, 28, 32], 6: [32, 48, 64, 128] } as const;

const [family, rounds, sizes] = [Number(process.argv[2]) as 4 | 6, Number(process.argv[3]), process.argv[4] ?? ''];
const rng = createRng('bench');
let kept = 0;

const all = sizes.split(',').map((size) => prepared(Number(size)));
for (const each of all) measure(each);
for (const { lookup, insertion, deletion } of all)
  for (const values of [lookup, insertion, deletion]) values.length = 0;
for (let round = 0; round < rounds; round++) for (const each of all) measure(each);
process.stdout.write(
  JSON.stringify(
    all.map(
      ({ routes, lookup, insertion, deletion, bytes }): Measured => ({ routes, lookup, insertion, deletion, bytes }),
    ),
  ),
);
// Used, so that no look-up is left out.
if (kept === 0) throw new Error('no address was found');

function prepared(routes: number) {
  const gc = globalThis.gc ?? (() => undefined);
  gc();
  const before = process.memoryUsage().heapUsed;
  let trie: Trie<object> = emptyTrie();
  const inside: string[] = [];
  const cidrs: Cidr[] = [];
  const value = {};
  for (let i = 0; i < routes; i++) {
    const [address, cidr] = randomRoute(LENGTHS[family][i % LENGTHS[family].length] ?? 32);
    trie = trie.set(cidr, value);
    if (i % Math.ceil(routes / ASKED) === 0) inside.push(address);
    if (i % Math.ceil(routes / CHANGES) === 0) cidrs.push(cidr);
  }
  gc();
  const bytes = (process.memoryUsage().heapUsed - before) / routes;
  const asked = Array.from({ length: ASKED }, () => parseIp(inside[rng.int(inside.length)] ?? '') as IpAddress);
  const added = Array.from({ length: CHANGES }, () => randomRoute(LENGTHS[family].at(-1) ?? 32)[1]);
  return {
    routes,
    trie,
    asked,
    added,
    bytes,
    lookup: [] as number[],
    insertion: [] as number[],
    deletion: [] as number[],
  };
}

function measure({ trie, asked, added, lookup, insertion, deletion }: ReturnType<typeof prepared>): void {
  lookup.push(
    timed(LOOKUPS, (i) => {
      if (trie.lookup(asked[i % ASKED] as IpAddress)) kept++;
    }),
  );
  let more = trie;
  insertion.push(
    timed(CHANGES, (i) => {
      more = more.set(added[i] as Cidr, trie);
    }),
  );
  deletion.push(
    timed(CHANGES, (i) => {
      more = more.remove(added[i] as Cidr);
    }),
  );
}

function timed(times: number, work: (i: number) => void): number {
  const before = process.cpuUsage();
  for (let i = 0; i < times; i++) work(i);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1e3) / times;
}

function randomRoute(bits: number): [address: string, cidr: Cidr] {
  const group = (): string => rng.int(65_536).toString(16);
  const address =
    family === 4
      ? `10.${rng.int(256)}.${rng.int(256)}.${rng.int(256)}`
      : `fd00:${group()}:${group()}:${group()}::${group()}`;
  return [address, parseCidr(`${address}/${bits}`) as Cidr];
}
