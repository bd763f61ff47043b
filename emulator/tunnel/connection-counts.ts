import type { Connection } from './connection.js';

/** How many connections a tunnel has in one data center. */
export interface ConnectionCount {
  /** The tunnel's name. */
  readonly tunnel: string;
  readonly dataCenter: string;
  readonly connections: number;
}

/** Counts connections by tunnel and data center; a tunnel without a name stands under its id. */
export function countConnections(
  connections: Iterable<Pick<Connection, 'tunnelId' | 'dataCenter'>>,
  tunnelName: (id: string) => string | undefined,
): Iterable<ConnectionCount> {
  const counts = new Map<string, ConnectionCount & { connections: number }>();
  for (const { tunnelId, dataCenter } of connections) {
    const tunnel = tunnelName(tunnelId) ?? tunnelId;
    const count = counts.get(`${tunnel} ${dataCenter}`) ?? { tunnel, dataCenter, connections: 0 };
    count.connections++;
    counts.set(`${tunnel} ${dataCenter}`, count);
  }
  return counts.values();
}
