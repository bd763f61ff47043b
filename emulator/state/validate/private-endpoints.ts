import { parseCidr } from '../../network/ip-address.js';
import { emptyTrie, type Trie } from '../../network/trie.js';
import type { Pool } from '../objects.js';

type PoolIds = Set<string>;

/** Which pools have an endpoint at an address of a virtual network. */
export class PrivateEndpoints {
  /** By virtual network and family. */
  private readonly tries = new Map<string, Trie<PoolIds>>();

  add({ id, origins }: Pool): void {
    for (const { virtual_network_id: network, address } of origins) {
      if (network !== undefined) this.at(network, address)?.add(id);
    }
  }

  remove({ id, origins }: Pool): void {
    for (const { virtual_network_id: network, address } of origins) {
      const cidr = network === undefined ? undefined : parseCidr(address);
      if (!cidr) continue;
      const key = `${network} ${cidr.family}`;
      const trie = this.tries.get(key);
      const pools = trie?.at(cidr);
      pools?.delete(id);
      if (trie && pools?.size === 0) this.put(key, trie.remove(cidr));
    }
  }

  /** Pools with an endpoint of that virtual network inside the CIDR; one that has several, several times. */
  *within(network: string, text: string): Generator<string> {
    const cidr = parseCidr(text);
    if (cidr) for (const pools of this.tries.get(`${network} ${cidr.family}`)?.within(cidr) ?? []) yield* pools;
  }

  /** undefined: the address is none. */
  private at(network: string, address: string): PoolIds | undefined {
    const cidr = parseCidr(address);
    if (!cidr) return undefined;
    const key = `${network} ${cidr.family}`;
    const trie = this.tries.get(key) ?? emptyTrie<PoolIds>();
    const known = trie.at(cidr);
    if (known) return known;
    const pools: PoolIds = new Set();
    this.put(key, trie.set(cidr, pools));
    return pools;
  }

  private put(key: string, trie: Trie<PoolIds>): void {
    if (trie.isEmpty) this.tries.delete(key);
    else this.tries.set(key, trie);
  }
}
