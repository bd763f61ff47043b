import { type Cidr, commonBits, type IpAddress } from './ip-address.js';

/**
 * Longest-prefix match by a trie of four bits a step, in which stretches without a branch are skipped. It never
 * changes: what is set or removed makes a new one, which shares all but the nodes on the way with the old one.
 *
 *     10.0.0.0/8 ──0──> 10.0.0.0/24
 *                ──8──> branch at 12 bits, with 10.128.0.0/14 inside ──0──> 10.128.0.1/32
 *                                                                    ──1──> 10.129.0.0/16
 *
 * A prefix that ends between two steps stands inside its branch, written out for each of the next four bits that it
 * covers. A lookup visits one node a step, at most one per four bits, and allocates nothing.
 */
export interface Trie<T> {
  readonly isEmpty: boolean;
  /** A trie in which `value` stands at the prefix, in place of what stood there. */
  set(cidr: Cidr, value: T): Trie<T>;
  /** A trie in which nothing stands at the prefix; the same one when nothing does. */
  remove(cidr: Cidr): Trie<T>;
  /** What stands at exactly this prefix. */
  at(cidr: Cidr): T | undefined;
  /** What stands at the longest prefix that holds the address. Compares numbers, allocates nothing. */
  lookup(ip: IpAddress): T | undefined;
  /** What stands at prefixes that lie inside this one, the same one among them. */
  within(cidr: Cidr): Iterable<T>;
}

/** Bits a step. Eight would make removal and memory dear, two the way long. */
const STEP = 4;
const FAN = 1 << STEP;

/** A leaf, with one value; or a branch, whose `bits` are a multiple of {@link STEP}. */
interface Node<T> {
  readonly words: readonly number[];
  readonly bits: number;
  /** At exactly this prefix. */
  readonly value: T | undefined;
  /** By the next four bits. undefined: a leaf. */
  readonly next: readonly (Node<T> | undefined)[] | undefined;
  /** Leaves whose prefix is one to three bits longer, shortest first. */
  readonly inside: readonly Node<T>[];
  /** By the next four bits, the longest of `inside`; undefined: there are none. */
  readonly within: readonly (Node<T> | undefined)[] | undefined;
}

/** A trie for one address family, with nothing in it. */
export function emptyTrie<T>(): Trie<T> {
  return trieOf<T>(undefined);
}

function trieOf<T>(root: Node<T> | undefined): Trie<T> {
  return {
    isEmpty: root === undefined,
    set: (cidr, value) => trieOf(insert(root, leaf(cidr.words, cidr.bits, value))),
    remove(cidr) {
      const rest = root && without(root, cidr);
      return rest === root ? this : trieOf(rest);
    },
    at: (cidr) => root && exactly(root, cidr),
    lookup: (ip) => longest(root, ip.words),
    within: (cidr) => inside(root, cidr),
  };
}

/**
 * Goes down by the address's bits alone, and compares only the last prefix that was met: it covers the address mostly,
 * and is the longest then. What is read on the way decides the cost, since little of a large trie is in the caches.
 */
function longest<T>(root: Node<T> | undefined, words: readonly number[]): T | undefined {
  let best: Node<T> | undefined;
  for (let node = root; node !== undefined; ) {
    const { bits, next, within } = node;
    if (node.value !== undefined) best = node;
    if (next === undefined) break;
    const step = stepAt(words, bits);
    if (within !== undefined) best = within[step] ?? best;
    node = next[step];
  }
  return best === undefined || begins(words, best.words, best.bits) ? best?.value : longestCompared(root, words);
}

/** The same with a comparison at each step: where the trie skipped bits, the address differs in them. */
function longestCompared<T>(root: Node<T> | undefined, words: readonly number[]): T | undefined {
  let best: Node<T> | undefined;
  for (let node = root; node !== undefined && begins(words, node.words, node.bits); ) {
    if (node.value !== undefined) best = node;
    if (node.next === undefined) break;
    const step = stepAt(words, node.bits);
    best = node.within?.[step] ?? best;
    node = node.next[step];
  }
  return best?.value;
}

/** Whether `words` begins with the first `bits` bits of `prefix`. */
function begins(words: readonly number[], prefix: readonly number[], bits: number): boolean {
  let index = 0;
  for (const whole = bits >>> 5; index < whole; index++) if (words[index] !== prefix[index]) return false;
  const rest = bits & 31;
  return rest === 0 || ((words[index] as number) ^ (prefix[index] as number)) >>> (32 - rest) === 0;
}

/** The four bits of an address behind its first `bits`, which are a multiple of four and not all. */
function stepAt(words: readonly number[], bits: number): number {
  return ((words[bits >>> 5] as number) >>> (32 - STEP - (bits & 31))) & (FAN - 1);
}

function* inside<T>(node: Node<T> | undefined, cidr: Cidr): Generator<T> {
  if (!node) return;
  const { words, bits, value, next } = node;
  if (bits >= cidr.bits) {
    if (!begins(words, cidr.words, cidr.bits)) return;
    if (value !== undefined) yield value;
    for (const each of node.inside) yield* inside(each, cidr);
    for (const each of next ?? []) yield* inside(each, cidr);
    return;
  }
  if (!next || !begins(cidr.words, words, bits)) return;
  for (const each of node.inside) yield* inside(each, cidr);
  if (cidr.bits - bits >= STEP) yield* inside(next[stepAt(cidr.words, bits)], cidr);
  else for (const each of next) yield* inside(each, cidr);
}

function exactly<T>(root: Node<T>, { words, bits }: Cidr): T | undefined {
  let node: Node<T> | undefined = root;
  while (node && node.bits <= bits && begins(words, node.words, node.bits)) {
    if (node.bits === bits) return node.value;
    if (!node.next) return undefined;
    if (bits - node.bits < STEP) return node.inside.find((each) => isAt(each, words, bits))?.value;
    node = node.next[stepAt(words, node.bits)];
  }
  return undefined;
}

function isAt<T>(node: Node<T>, words: readonly number[], bits: number): boolean {
  return node.bits === bits && begins(words, node.words, bits);
}

function leaf<T>(words: readonly number[], bits: number, value: T): Node<T> {
  return { words, bits, value, next: undefined, inside: NOTHING, within: undefined };
}

const NOTHING: readonly never[] = [];

/** `node` with one more leaf below it, or in its place. */
function insert<T>(node: Node<T> | undefined, added: Node<T>): Node<T> {
  if (!node) return added;
  if (!node.next && isAt(node, added.words, added.bits)) return added;
  const shared = commonBits(node.words, added.words, Math.min(node.bits, added.bits));
  if (node.next && shared === node.bits) return put(node, added);
  // They part, or one ends inside the other: a branch at the last step that they share holds both.
  const bits = shared - (shared % STEP);
  const branch: Node<T> = {
    words: added.words,
    bits,
    value: undefined,
    next: new Array<Node<T> | undefined>(FAN).fill(undefined),
    inside: NOTHING,
    within: undefined,
  };
  return put(put(branch, node), added);
}

/** A branch with a node in it whose prefix is at least as long. */
function put<T>(branch: Node<T>, added: Node<T>): Node<T> {
  const further = added.bits - branch.bits;
  if (further === 0) return { ...branch, value: added.value };
  if (further < STEP && !added.next) {
    const others = branch.inside.filter((each) => !isAt(each, added.words, added.bits));
    return withInside(branch, [...others, added]);
  }
  const step = stepAt(added.words, branch.bits);
  const old = branch.next?.[step];
  return withNext(branch, step, added.next ? added : insert(old, added));
}

function withNext<T>(branch: Node<T>, step: number, node: Node<T> | undefined): Node<T> {
  const next = (branch.next ?? []).slice();
  next[step] = node;
  return { ...branch, next };
}

function withInside<T>(branch: Node<T>, leaves: readonly Node<T>[]): Node<T> {
  if (leaves.length === 0) return { ...branch, inside: NOTHING, within: undefined };
  const inside = [...leaves].sort((a, b) => a.bits - b.bits);
  const within = new Array<Node<T> | undefined>(FAN).fill(undefined);
  for (const each of inside) {
    const first = stepAt(each.words, branch.bits);
    within.fill(each, first, first + (1 << (STEP - (each.bits - branch.bits))));
  }
  return { ...branch, inside, within };
}

/** The same node when nothing stands at that prefix. */
function without<T>(node: Node<T>, cidr: Cidr): Node<T> | undefined {
  const { words, bits } = cidr;
  if (node.bits > bits || !begins(words, node.words, node.bits)) return node;
  if (!node.next) return node.bits === bits ? undefined : node;
  const further = bits - node.bits;
  if (further === 0) return node.value === undefined ? node : shortest({ ...node, value: undefined });
  if (further < STEP) {
    const rest = node.inside.filter((each) => !isAt(each, words, bits));
    return rest.length === node.inside.length ? node : shortest(withInside(node, rest));
  }
  const step = stepAt(words, node.bits);
  const old = node.next[step];
  const rest = old && without(old, cidr);
  return rest === old ? node : shortest(withNext(node, step, rest));
}

/** A branch that no longer parts anything gives way to the one thing that is left of it. */
function shortest<T>(branch: Node<T>): Node<T> | undefined {
  const { words, bits, value, inside, next } = branch;
  const left: Node<T>[] = value === undefined ? [...inside] : [leaf(words, bits, value), ...inside];
  for (const node of next ?? []) if (node) left.push(node);
  return left.length > 1 ? branch : left[0];
}
