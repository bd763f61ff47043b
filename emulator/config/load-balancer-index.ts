import { derivedId, NameIndex, type Report } from './name-index.js';
import type { Sections } from './sections.js';

/** The load balancers by name: those of all zones, and the account's own, which a reference may not mean, but does. */
export function loadBalancerIndex(
  { zones, private_load_balancers }: Sections,
  accountId: string,
  report: Report,
): NameIndex {
  // Of a zone with problems nobody knows here which load balancers it has: those problems come first.
  const isKnown = zones.every(({ value }) => value !== undefined);
  const index = new NameIndex('load balancer', 'load_balancers of a zone', isKnown ? report : () => undefined);
  for (const { value: zone } of zones) {
    for (const { id, name } of zone?.load_balancers ?? []) {
      index.add(name.toLowerCase(), id ?? derivedId(accountId, 'load_balancers', zone?.name ?? '', name));
    }
  }
  for (const { id, name } of private_load_balancers) {
    if (name !== undefined) index.add(name.toLowerCase(), id ?? derivedId(accountId, 'load_balancers', name));
  }
  return index;
}
