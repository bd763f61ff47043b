import type { Events } from '../observe/journal.types.js';
import type { Tunnel } from '../state/objects.js';
import type { StateEvent } from '../state/state.types.js';
import type { Connection } from './connection.js';
import { PendingReconnects } from './pending.js';
import type { LostConnection, TunnelStanding, TunnelStatus } from './status.types.js';

/** How many connections a connector has when all is well (docs/reference/load-balancing.md 9.3). */
const CONNECTIONS_PER_CONNECTOR = 4;

const TUNNEL_STATUS = 'tunnel.status';

/**
 * The status of a tunnel with these connections. Connections that are leaving miss nobody: their connector goes on
 * purpose, and what stays decides.
 *
 * @param wasConnected whether it ever had one
 */
export function tunnelStatus(
  connections: Iterable<Pick<Connection, 'connectorId' | 'index' | 'leaving'>>,
  wasConnected: boolean,
): TunnelStatus {
  const staying = new Map<string, Set<number>>();
  let count = 0;
  for (const { connectorId, index, leaving } of connections) {
    count++;
    if (leaving) continue;
    // By number: for a moment, a connection that comes again is there beside the one that it replaces.
    const numbers = staying.get(connectorId) ?? new Set();
    staying.set(connectorId, numbers.add(index));
  }
  if (count === 0) return wasConnected ? 'down' : 'inactive';
  if (staying.size === 0) return 'degraded';
  for (const { size } of staying.values()) if (size < CONNECTIONS_PER_CONNECTOR) return 'degraded';
  return 'healthy';
}

/** What is remembered of a tunnel that was connected. */
interface Known {
  readonly connections: Set<Connection>;
  /** When it was connected last, or ceased to be: model time, milliseconds. */
  since: number;
  told: TunnelStatus;
}

export interface TunnelStatusesOptions {
  readonly tunnel: (id: string) => Tunnel | undefined;
  readonly events: Pick<Events, 'emit'>;
  /** Model time, milliseconds since the epoch. */
  readonly now: () => number;
}

/** Remembers which tunnels are connected, or were, and tells when a status changes. */
export class TunnelStatuses {
  private readonly known = new Map<string, Known>();
  private readonly pending: PendingReconnects;

  constructor(private readonly options: TunnelStatusesOptions) {
    this.pending = new PendingReconnects(options.now);
  }

  /** Connections that broke and are expected back. */
  pendingReconnects(tunnelId: string): readonly LostConnection[] {
    return this.pending.of(tunnelId);
  }

  /** A connection takes requests. */
  opened(connection: Connection): void {
    const { tunnelId } = connection;
    const known = this.known.get(tunnelId) ?? { connections: new Set(), since: 0, told: 'inactive' };
    if (known.connections.size === 0) known.since = this.options.now();
    known.connections.add(connection);
    this.known.set(tunnelId, known);
    this.pending.opened(connection);
    this.review(tunnelId);
  }

  /** Whether a connection that is gone had been opened. */
  closed(connection: Connection): boolean {
    const known = this.known.get(connection.tunnelId);
    if (!known?.connections.delete(connection)) return false;
    this.pending.closed(connection);
    if (known.connections.size === 0) known.since = this.options.now();
    return true;
  }

  /** Tells of a tunnel's status if it is another than it was. */
  review(tunnelId: string): void {
    const { tunnel: find, events } = this.options;
    const known = this.known.get(tunnelId);
    if (!known) return;
    const tunnel = find(tunnelId);
    if (!tunnel) {
      // Deleted: once its connections are gone there is nothing to remember, should another get its id.
      this.pending.forget(tunnelId);
      if (known.connections.size === 0) this.known.delete(tunnelId);
      return;
    }
    const from = known.told;
    const to = tunnelStatus(known.connections, true);
    if (from === to) return;
    known.told = to;
    const count = known.connections.size;
    const connectors = new Set(Array.from(known.connections, ({ connectorId }) => connectorId)).size;
    events.emit(
      TUNNEL_STATUS,
      `tunnel ${tunnel.name} is ${to} (was ${from}): ${plural(count, 'connection')} of ${plural(connectors, 'connector')}`,
      { tunnel: tunnel.name, from, to, connections: count, connectors },
    );
  }

  /** Forgets tunnels that were deleted. */
  follow({ changes, after }: Pick<StateEvent, 'changes' | 'after'>): void {
    for (const { kind, id } of changes) if (kind === 'tunnels' && !after.tunnels.has(id)) this.review(id);
  }

  of({ id, created_on }: Pick<Tunnel, 'id' | 'created_on'>): TunnelStanding {
    const known = this.known.get(id);
    if (!known) return { status: 'inactive', conns_active_at: null, conns_inactive_at: created_on };
    const { connections, since } = known;
    const isConnected = connections.size > 0;
    return {
      status: tunnelStatus(connections, true),
      conns_active_at: isConnected ? since : null,
      conns_inactive_at: isConnected ? null : since,
    };
  }
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
