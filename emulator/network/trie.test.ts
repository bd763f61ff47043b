import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Cidr, commonBits, covers, type IpAddress, parseCidr, parseIp } from './ip-address.js';
import { emptyTrie, type Trie } from './trie.js';

// Few distinct bits, so that prefixes nest, part, meet, and come again.
const octet = fc.constantFrom(0, 1, 127, 128, 255);
const v4 = fc.tuple(fc.constantFrom(10, 11), octet, octet, octet).map((bytes) => bytes.join('.'));
const group = fc.constantFrom('0', '1', '7fff', '8000', 'ffff');
const v6 = fc.tuple(group, group, group).map(([a, b, c]) => `2001:db8:${a}:${b}::${c}`);

const FAMILIES = [
  ['IPv4', v4, 32],
  ['IPv6', v6, 128],
] as const;

describe.each(FAMILIES)('a trie of %s prefixes', (_name, ip, longest) => {
  const network = fc.tuple(ip, fc.integer({ min: 0, max: longest })).map(([address, bits]) => `${address}/${bits}`);
  const step = fc.record({ network, remove: fc.boolean() });

  test('finds what a plain scan finds, after any insertions and removals', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.array(ip, { maxLength: 15 }), (steps, ips) => {
        const { trie, plain } = carriedOut(steps);
        for (const text of [...ips, ...steps.map((each) => each.network.split('/', 1)[0] as string)]) {
          expect(trie.lookup(ipOf(text))).toBe(scan(plain, ipOf(text)));
        }
        for (const each of steps) {
          const cidr = cidrOf(each.network);
          expect(trie.at(cidr)).toBe(plain.get(keyOf(cidr))?.value);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('knows what stands inside a prefix', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), network, (steps, text) => {
        const { trie, plain } = carriedOut(steps);
        const outer = cidrOf(text);
        const expected = [...plain.values()].filter(
          ({ cidr: { words, bits } }) =>
            bits >= outer.bits && commonBits(words, outer.words, outer.bits) === outer.bits,
        );
        expect([...trie.within(outer)].sort()).toEqual(expected.map(({ value }) => value).sort());
      }),
      { numRuns: 150 },
    );
  });

  test('stays as it was when others are made of it', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.array(step, { maxLength: 30 }), (first, second) => {
        const { trie, plain } = carriedOut(first);
        carriedOut(second, trie);
        for (const each of [...first, ...second]) {
          const address = ipOf(each.network.split('/', 1)[0] as string);
          expect(trie.lookup(address)).toBe(scan(plain, address));
        }
      }),
      { numRuns: 100 },
    );
  });

  test('is empty once everything is removed, in any order', () => {
    fc.assert(
      fc.property(
        fc
          .uniqueArray(network, { maxLength: 30 })
          .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          let trie = emptyTrie<string>();
          for (const text of all) trie = trie.set(cidrOf(text), text);
          expect(trie.isEmpty).toBe(all.length === 0);
          for (const text of shuffled) trie = trie.remove(cidrOf(text));
          expect(trie.isEmpty).toBe(true);
        },
      ),
    );
  });

  test('is the same one when what is to be removed is not there', () => {
    fc.assert(
      fc.property(fc.array(network, { maxLength: 30 }), network, (all, other) => {
        let trie = emptyTrie<string>();
        for (const text of all) trie = trie.set(cidrOf(text), text);
        if (trie.at(cidrOf(other)) === undefined) expect(trie.remove(cidrOf(other))).toBe(trie);
        else expect(trie.remove(cidrOf(other)).at(cidrOf(other))).toBeUndefined();
      }),
    );
  });
});

interface Step {
  readonly network: string;
  readonly remove: boolean;
}

type Plain = ReadonlyMap<string, { readonly cidr: Cidr; readonly value: string }>;

let count = 0;

function carriedOut(steps: readonly Step[], from: Trie<string> = emptyTrie()): { trie: Trie<string>; plain: Plain } {
  const plain = new Map<string, { cidr: Cidr; value: string }>();
  let trie = from;
  for (const { network, remove } of steps) {
    const cidr = cidrOf(network);
    if (remove) {
      trie = trie.remove(cidr);
      plain.delete(keyOf(cidr));
    } else {
      const value = `${network} ${count++}`;
      trie = trie.set(cidr, value);
      plain.set(keyOf(cidr), { cidr, value });
    }
  }
  return { trie, plain };
}

/** All that cover, the longest of them. */
function scan(plain: Plain, ip: IpAddress): string | undefined {
  let best: { cidr: Cidr; value: string } | undefined;
  for (const each of plain.values()) {
    if (covers(each.cidr, ip) && (!best || each.cidr.bits > best.cidr.bits)) best = each;
  }
  return best?.value;
}

function keyOf({ words, bits }: Cidr): string {
  return `${words.join(' ')}/${bits}`;
}

function cidrOf(text: string): Cidr {
  const cidr = parseCidr(text);
  if (!cidr) throw new Error(`cannot read ${text}`);
  return cidr;
}

function ipOf(text: string): IpAddress {
  const ip = parseIp(text);
  if (!ip) throw new Error(`cannot read ${text}`);
  return ip;
}
