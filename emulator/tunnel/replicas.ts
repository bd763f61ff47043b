import type { Rng } from '../../runtime/rng.js';

/** What the choice looks at: where a connection ends, and whether it takes new work. */
export interface Replica {
  readonly dataCenter: string;
  readonly accepting: boolean;
}

/** Connections of one tunnel as one data center sees them: nearest first, equals together. */
export type ReplicaRing<R extends Replica> = readonly (readonly R[])[];

/**
 * Groups a tunnel's connections by their distance from the data center in which a request came in.
 *
 * @param distance kilometres from that data center to another, by code
 * @see docs/reference/load-balancing.md 9.3: the geographically closest replica serves; one in the same data
 * center is preferred.
 */
export function ringOf<R extends Replica>(
  connections: Iterable<R>,
  distance: (dataCenter: string) => number,
): ReplicaRing<R> {
  const groups = new Map<number, R[]>();
  for (const connection of connections) {
    const kilometres = distance(connection.dataCenter);
    const group = groups.get(kilometres);
    if (group) group.push(connection);
    else groups.set(kilometres, [connection]);
  }
  return [...groups].sort(([a], [b]) => a - b).map(([, group]) => group);
}

/**
 * The next connection to try: the nearest that takes work and was not tried yet; among equals a fair draw.
 * Pure: the same ring, history and generator give the same answer.
 */
export function chooseReplica<R extends Replica>(ring: ReplicaRing<R>, tried: readonly R[], rng: Rng): R | undefined {
  for (const group of ring) {
    const only = group[0];
    if (group.length === 1 && only) {
      if (only.accepting && !tried.includes(only)) return only;
      continue;
    }
    const open = group.filter((connection) => connection.accepting && !tried.includes(connection));
    if (open.length > 0) return open[rng.int(open.length)];
  }
  return undefined;
}
