import type { Connector } from '../../../agents/index.js';
import { encodeToken } from '../../../protocol/token.js';
import type { Deadlines } from '../../../runtime/deadlines.js';
import type { Ids } from '../../../runtime/ids.js';
import { createRng, type Rng } from '../../../runtime/rng.js';
import type { Edge } from '../../edge.js';
import type { ConnectorSpec } from '../schema.js';

/** As many as a connector holds. */
const CONNECTIONS = 4;
/** Real milliseconds between two looks at who is connected. */
const LOOK_AGAIN = 2;
/** Real milliseconds after which it is said that connectors do not come to rest. */
const REST_WITHIN = 60_000;

interface Actor {
  readonly spec: ConnectorSpec;
  readonly id: string;
  running: Connector | undefined;
}

/** The connectors of a scenario, in this process. They dial the edge by real sockets, and the clock stands until they have. */
export class Connectors {
  private readonly actors = new Map<string, Actor>();
  private readonly names = new Map<string, string>();

  constructor(
    specs: readonly ConnectorSpec[],
    private readonly edge: Edge,
    private readonly maps: readonly string[],
    private readonly deadlines: Deadlines,
    ids: Ids,
  ) {
    for (const spec of specs) {
      const id = ids.uuid();
      this.actors.set(spec.name, { spec, id, running: undefined });
      this.names.set(id, spec.name);
    }
  }

  /** The name of a connector by its UUID. */
  readonly nameOf = (id: string): string => this.names.get(id) ?? id;
  readonly idOf = (name: string): string => this.actors.get(name)?.id ?? name;

  async startAll(): Promise<void> {
    for (const name of this.actors.keys()) await this.start(name);
  }

  async start(name: string): Promise<void> {
    const { runConnector } = await import('../../../agents/index.js');
    const actor = this.actor(name);
    const { spec, id } = actor;
    const { account, tunnels } = this.edge.state.read();
    const tunnel = [...tunnels.values()].find((each) => each.name === spec.tunnel);
    if (!tunnel) throw new Error(`no tunnel ${spec.tunnel}`);
    const edge = this.edge.addresses.find((each) => each.name === 'connectors')?.address ?? '';
    actor.running = runConnector({
      id,
      edge,
      token: encodeToken({ accountId: account.id, tunnelId: tunnel.id, secret: tunnel.tunnel_secret }),
      ...(spec.location === undefined ? {} : { location: spec.location }),
      maps: this.maps,
      connections: CONNECTIONS,
      deadlines: this.deadlines,
      rng: eager,
      log: SILENT,
    });
    await this.rest();
  }

  async end(name: string, how: 'stop' | 'drain'): Promise<void> {
    const actor = this.actor(name);
    const { running } = actor;
    actor.running = undefined;
    await (how === 'stop' ? running?.close() : running?.drain());
    await this.rest();
  }

  /** Resolves when every connector has the connections that it may have, each where it belongs, and nobody else has any. */
  async rest(): Promise<boolean> {
    const began = this.deadlines.now();
    let calm = 0;
    // Once more after a turn: what just closed may be about to lead to something.
    while (calm < 2) {
      calm = this.isAtRest() ? calm + 1 : 0;
      if (this.deadlines.now() - began > REST_WITHIN) return false;
      await new Promise<void>((resolve) => void this.deadlines.after(LOOK_AGAIN, resolve));
    }
    return true;
  }

  /** How many connections of each connector end where, e.g. `KIX 2, NRT 2`. */
  ends(): Map<string, string> {
    const counts = new Map<string, Map<string, number>>();
    for (const { connectorId, dataCenter } of this.edge.connections()) {
      const of = counts.get(connectorId) ?? new Map<string, number>();
      of.set(dataCenter, (of.get(dataCenter) ?? 0) + 1);
      counts.set(connectorId, of);
    }
    return new Map(
      Array.from(this.actors, ([name, { id }]) => {
        const sorted = [...(counts.get(id) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
        return [name, sorted.map(([code, count]) => `${code} ${count}`).join(', ') || 'none'];
      }),
    );
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.actors.values(), ({ running }) => running?.close()));
  }

  private isAtRest(): boolean {
    if (this.edge.homes.isMoving()) return false;
    const accepting = new Map<string, number>();
    const tunnels = this.edge.state.read().tunnels;
    for (const connection of this.edge.connections()) {
      const { connectorId } = connection;
      accepting.set(connectorId, (accepting.get(connectorId) ?? 0) + Number(connection.accepting));
    }
    for (const { spec, id, running } of this.actors.values()) {
      const open = accepting.get(id);
      if (!running) {
        if (open !== undefined) return false;
        continue;
      }
      if (open === CONNECTIONS) continue;
      const tunnelId = [...tunnels.values()].find(({ name }) => name === spec.tunnel)?.id ?? '';
      if (this.missingMayCome(tunnelId, id, spec.location)) return false;
    }
    return true;
  }

  /** Whether the edge would take one of the connections that are not there. */
  private missingMayCome(tunnelId: string, connectorId: string, location: string | undefined): boolean {
    const open = new Set<number>();
    for (const connection of this.edge.connections()) {
      if (connection.connectorId !== connectorId) continue;
      if (!connection.accepting) return true;
      open.add(connection.index);
    }
    for (let index = 0; index < CONNECTIONS; index++) {
      if (!open.has(index) && this.edge.homes.assign({ tunnelId, connectorId, index, location }).ok) return true;
    }
    return false;
  }

  private actor(name: string): Actor {
    const actor = this.actors.get(name);
    if (!actor) throw new Error(`no connector ${name}`);
    return actor;
  }
}

/** Connectors that lost a connection dial again almost at once: the clock stands meanwhile, so nobody sees the difference. */
const eager: Rng = { ...bound(createRng(1)), next: () => 0.003 };

function bound(rng: Rng): Rng {
  return {
    next: () => rng.next(),
    int: (most) => rng.int(most),
    hex: (bytes) => rng.hex(bytes),
    fork: () => eager,
  };
}

const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
