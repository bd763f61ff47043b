import type { WrittenObjects } from './write.types.js';

/** For an object of one kind: its name, or its id where the name would not say which one. */
export type NameOf = (id: string) => string;

/** By name, for kinds that have one in the account. What is not there keeps its id. */
export function namesOf(objects: readonly { readonly id: string; readonly name: string }[]): NameOf {
  const ids = new Map<string, string>();
  // The first one that has a name is the one that is meant by it.
  for (const { id, name } of objects) if (!ids.has(name)) ids.set(name, id);
  const names = new Map([...ids].map(([name, id]) => [id, name]));
  return (id) => names.get(id) ?? id;
}

/** A name that is longer, or of several lines, would not help whoever reads the references. */
const LONGEST = 64;

/**
 * Names for kinds that have only a description in the account (docs/reference/api.md 2.2): the description where it
 * can serve as one, otherwise the noun with a number. No two are the same.
 */
export function namesFrom(
  objects: readonly { readonly id: string; readonly description: string }[],
  noun: string,
): NameOf {
  const taken = new Set<string>();
  const names = new Map<string, string>();
  for (const { id, description } of objects) {
    if (!/^\S(?:.*\S)?$/.test(description) || description.length > LONGEST || taken.has(description)) continue;
    taken.add(description);
    names.set(id, description);
  }
  let number = 1;
  for (const { id } of objects) {
    if (names.has(id)) continue;
    while (taken.has(`${noun}-${number}`)) number++;
    taken.add(`${noun}-${number}`);
    names.set(id, `${noun}-${number}`);
  }
  return (id) => names.get(id) ?? id;
}

/** What the file calls the objects that others refer to. */
export interface ReferenceNames {
  readonly pool: NameOf;
  readonly monitor: NameOf;
  readonly monitorGroup: NameOf;
  readonly tunnel: NameOf;
  readonly virtualNetwork: NameOf;
  readonly loadBalancer: NameOf;
}

export function referenceNames(objects: WrittenObjects): ReferenceNames {
  return {
    pool: namesOf(objects.pools),
    monitor: namesFrom(objects.monitors.map(described), 'monitor'),
    monitorGroup: namesFrom(objects.monitor_groups.map(described), 'group'),
    tunnel: namesOf(objects.tunnels),
    virtualNetwork: namesOf(objects.virtual_networks),
    loadBalancer: namesOf(objects.load_balancers),
  };
}

function described({ id, description = '' }: { readonly id: string; readonly description?: string | undefined }) {
  return { id, description };
}
