import type { Rng } from '../../runtime/rng.js';
import type { Connection } from './connection.js';
import { chooseReplica, type ReplicaRing, ringOf } from './replicas.js';

export interface RegistryListener {
  connected?(connection: Connection): void;
  disconnected?(connection: Connection, reason: string): void;
}

/** Who is connected where. Knows connections only by their interface, whatever protocol they speak. */
export class TunnelRegistry {
  private readonly byTunnel = new Map<string, Set<Connection>>();
  /** Rings as data centers see them, kept until the tunnel's connections change: they are read on every request. */
  private readonly rings = new Map<string, Map<string, ReplicaRing<Connection>>>();
  private readonly listeners = new Set<RegistryListener>();

  /** @param distance kilometres between two data centers, by code */
  constructor(private readonly distance: (from: string, to: string) => number) {}

  /** Takes a registered connection. One with the same connector and index replaces the older, as after a half-open break. */
  add(connection: Connection): void {
    const connections = this.byTunnel.get(connection.tunnelId) ?? new Set();
    for (const other of connections) {
      if (other.connectorId === connection.connectorId && other.index === connection.index) {
        other.close('replaced by a newer connection of the same connector');
        this.remove(other, 'replaced by a newer connection of the same connector');
      }
    }
    connections.add(connection);
    this.byTunnel.set(connection.tunnelId, connections);
    this.rings.delete(connection.tunnelId);
    for (const listener of this.listeners) listener.connected?.(connection);
  }

  remove(connection: Connection, reason: string): void {
    const connections = this.byTunnel.get(connection.tunnelId);
    if (!connections?.delete(connection)) return;
    if (connections.size === 0) this.byTunnel.delete(connection.tunnelId);
    this.rings.delete(connection.tunnelId);
    for (const listener of this.listeners) listener.disconnected?.(connection, reason);
  }

  /** Connections of a tunnel, in the order in which they came. */
  of(tunnelId: string): ReadonlySet<Connection> {
    return this.byTunnel.get(tunnelId) ?? NONE;
  }

  *all(): Iterable<Connection> {
    for (const connections of this.byTunnel.values()) yield* connections;
  }

  /** All who could serve the tunnel have as much as they may. */
  isFull(tunnelId: string): boolean {
    for (const connection of this.of(tunnelId)) if (connection.full) return true;
    return false;
  }

  /** The connection of a tunnel that should take a request from `dataCenter`, apart from those that were tried. */
  choose(tunnelId: string, dataCenter: string, tried: readonly Connection[], rng: Rng): Connection | undefined {
    return chooseReplica(this.ring(tunnelId, dataCenter), tried, rng);
  }

  private ring(tunnelId: string, dataCenter: string): ReplicaRing<Connection> {
    let rings = this.rings.get(tunnelId);
    if (!rings) {
      rings = new Map();
      this.rings.set(tunnelId, rings);
    }
    let ring = rings.get(dataCenter);
    if (!ring) {
      // By name, so that the draw depends on who is connected and not on who came first.
      const connections = [...this.of(tunnelId)].sort(
        (a, b) => compare(a.connectorId, b.connectorId) || a.index - b.index,
      );
      ring = ringOf(connections, (code) => this.distance(dataCenter, code));
      rings.set(dataCenter, ring);
    }
    return ring;
  }

  subscribe(listener: RegistryListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

const NONE: ReadonlySet<Connection> = new Set();
