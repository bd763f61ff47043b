import { bitAt, type Cidr, commonBits, type IpAddress } from './ip-address.js';

/**
 * Longest-prefix match by a path-compressed binary trie. Each node stands for a prefix; one side goes on with a
 * 0 bit, the other with a 1 bit. Nodes without a value exist only where two prefixes part:
 *
 *     10.0.0.0/8 ──0──> 10.0.0.0/24
 *               └──1──> 10.128.0.0/15 (no value) ──0──> 10.128.0.1/32
 *                                                └─1──> 10.129.0.0/16
 *
 * so a lookup visits at most as many nodes as there are nested or parting prefixes on its way, and allocates nothing.
 */
export interface Trie<T> {
  /** Replaces what stands at the same prefix. */
  set(cidr: Cidr, value: T): void;
  lookup(ip: IpAddress): T | undefined;
}

interface Node<T> {
  readonly words: readonly number[];
  readonly bits: number;
  value: T | undefined;
  readonly sides: [Node<T> | undefined, Node<T> | undefined];
}

/** A trie for one address family. */
export function createTrie<T>(): Trie<T> {
  let root: Node<T> | undefined;

  return {
    set(cidr, value) {
      root = insert(root, cidr, value);
    },

    lookup(ip) {
      const { words } = ip;
      const longest = words.length * 32;
      let best: T | undefined;
      let node = root;
      while (node && commonBits(node.words, words, node.bits) === node.bits) {
        if (node.value !== undefined) best = node.value;
        if (node.bits === longest) break;
        node = node.sides[bitAt(words, node.bits)];
      }
      return best;
    },
  };
}

function insert<T>(node: Node<T> | undefined, cidr: Cidr, value: T): Node<T> {
  if (!node) return leaf(cidr, value);
  const shared = commonBits(node.words, cidr.words, Math.min(node.bits, cidr.bits));

  if (shared === node.bits) {
    if (cidr.bits === node.bits) {
      node.value = value;
    } else {
      const side = bitAt(cidr.words, node.bits);
      node.sides[side] = insert(node.sides[side], cidr, value);
    }
    return node;
  }

  // The two part inside this node's prefix, or the new prefix ends there: a shorter node takes its place.
  const parent: Node<T> = { words: cidr.words, bits: shared, value: undefined, sides: [undefined, undefined] };
  parent.sides[bitAt(node.words, shared)] = node;
  if (shared === cidr.bits) parent.value = value;
  else parent.sides[bitAt(cidr.words, shared)] = leaf(cidr, value);
  return parent;
}

function leaf<T>(cidr: Cidr, value: T): Node<T> {
  return { words: cidr.words, bits: cidr.bits, value, sides: [undefined, undefined] };
}
