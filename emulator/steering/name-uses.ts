import type { DnsRecord, LoadBalancer, Tunnel, Zone } from '../state/objects.js';
import { poolReferences } from '../state/pool-references.js';
import type { AccountSnapshot, Change } from '../state/state.types.js';
import { tunnelIdOf } from '../state/tunnel-hostname.js';
import { leadsSomewhere } from './compile-records.js';
import type { Named } from './compile-target.js';

/** Kinds of which a name may have objects. */
type Owner = 'load_balancers' | 'dns_records';
/** Kinds that what has a name is compiled with. */
type Used = 'pools' | 'zones' | 'tunnels';

/** Which load balancers and records each name has, and what else these use. Follows the account from change to change. */
export class NameUses {
  /** Ids by name, in the order of the account. */
  private readonly named = new Map<string, Readonly<Record<Owner, Set<string>>>>();
  /** By kind and id of what is used: names, with how many of their objects use it. */
  private readonly users = new Map<string, Map<string, number>>();

  static of(account: Pick<AccountSnapshot, Owner>): NameUses {
    const uses = new NameUses();
    for (const each of account.load_balancers.values()) uses.add('load_balancers', each);
    for (const each of account.dns_records.values()) uses.add('dns_records', each);
    return uses;
  }

  names(): Iterable<string> {
    return this.named.keys();
  }

  at(name: string, account: AccountSnapshot): Named {
    const ids = this.named.get(name);
    let loadBalancer: LoadBalancer | undefined;
    for (const id of ids?.load_balancers ?? []) {
      const balancer = account.load_balancers.get(id);
      // Those of the account itself have no host (docs/reference/load-balancing.md 1.1, public and private).
      if (balancer && balancer.zone_id !== '') loadBalancer = balancer;
    }
    const records: DnsRecord[] = [];
    for (const id of ids?.dns_records ?? []) {
      const record = account.dns_records.get(id);
      if (record && leadsSomewhere(record)) records.push(record);
    }
    return { loadBalancer, records };
  }

  /** Takes the changes in. Returns the names for which they make a difference. */
  follow(changes: readonly Change[], account: Pick<AccountSnapshot, 'dns_records'>): ReadonlySet<string> {
    const touched = new Set<string>();
    for (const change of changes) {
      const { kind, id, before, after } = change;
      if (kind === 'load_balancers' || kind === 'dns_records') {
        const [old, now] = [before, after] as (LoadBalancer | DnsRecord | undefined)[];
        if (old) touched.add(this.remove(kind, old));
        if (now) touched.add(this.add(kind, now));
      } else if (matters(change)) {
        for (const name of this.users.get(`${kind} ${id}`)?.keys() ?? []) touched.add(name);
      }
    }
    this.putInOrder(touched, account);
    return touched;
  }

  /** Records of one name stand in the order of the account, whichever came or was renamed last. */
  private putInOrder(names: ReadonlySet<string>, account: Pick<AccountSnapshot, 'dns_records'>): void {
    const several = new Map<string, Set<string>>();
    for (const name of names) {
      const records = this.named.get(name)?.dns_records;
      if (records && records.size > 1) several.set(name, records);
    }
    if (several.size === 0) return;
    for (const record of account.dns_records.values()) {
      const records = several.get(nameOf(record));
      records?.delete(record.id);
      records?.add(record.id);
    }
  }

  /** Returns the name. */
  private add(owner: Owner, object: LoadBalancer | DnsRecord): string {
    const name = nameOf(object);
    let ids = this.named.get(name);
    if (!ids) {
      ids = { load_balancers: new Set(), dns_records: new Set() };
      this.named.set(name, ids);
    }
    ids[owner].add(object.id);
    for (const used of usedBy(object)) {
      const users = this.users.get(used) ?? new Map<string, number>();
      this.users.set(used, users.set(name, (users.get(name) ?? 0) + 1));
    }
    return name;
  }

  private remove(owner: Owner, object: LoadBalancer | DnsRecord): string {
    const name = nameOf(object);
    for (const used of usedBy(object)) {
      const users = this.users.get(used);
      const count = users?.get(name) ?? 0;
      if (count > 1) users?.set(name, count - 1);
      else users?.delete(name);
      if (users?.size === 0) this.users.delete(used);
    }
    const ids = this.named.get(name);
    ids?.[owner].delete(object.id);
    if (ids && ids.load_balancers.size + ids.dns_records.size === 0) this.named.delete(name);
    return name;
  }
}

function nameOf({ name }: LoadBalancer | DnsRecord): string {
  return name.toLowerCase();
}

/** Once each. */
function usedBy(object: LoadBalancer | DnsRecord): ReadonlySet<string> {
  const used = new Set<string>();
  const use = (kind: Used, id: string) => used.add(`${kind} ${id}`);
  if ('default_pools' in object) {
    use('zones', object.zone_id);
    for (const { pool } of poolReferences(object)) use('pools', pool);
  } else {
    const tunnel = tunnelIdOf(object.content);
    if (tunnel !== undefined) use('tunnels', tunnel);
  }
  return used;
}

/** Of zones and tunnels only this is compiled in. */
function matters({ kind, before, after }: Change): boolean {
  switch (kind) {
    case 'pools':
      return true;
    case 'zones':
      return httpsOnly(before as Zone | undefined) !== httpsOnly(after as Zone | undefined);
    case 'tunnels':
      return (before as Tunnel | undefined)?.name !== (after as Tunnel | undefined)?.name;
    default:
      return false;
  }
}

function httpsOnly(zone: Zone | undefined): boolean {
  return zone?.settings.always_use_https ?? false;
}
