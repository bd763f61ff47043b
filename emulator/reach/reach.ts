import type { Duplex, Readable } from 'node:stream';
import type { Ticket } from '../../runtime/clock.js';
import type { Rng } from '../../runtime/rng.js';
import type { DataCenter, Place } from '../geo/geo.types.js';
import type { Endpoint, HttpFacts, Reason } from '../steering/steering.types.js';
import type { Connection, Exchange, RequestHead, ResponseHandler, UpgradeResult } from '../tunnel/connection.js';
import type { TunnelRegistry } from '../tunnel/registry.js';
import type { DialPhase, UpstreamKey } from './dial.js';
import type { HttpUpstream } from './http-upstream.js';
import { type Leg, type OpenPath, type Path, type PathView, resolvePath } from './path.js';
import type { SingleUpstream } from './single-upstream.js';
import type { Upstreams } from './upstreams.js';

/** A path made real: something a request can be sent to. */
export interface Opened {
  request(head: RequestHead, body: Readable | null, handler: ResponseHandler): Exchange;
  /** How a protocol switch is carried out: by the connector, or on a connection of our own to the origin. */
  readonly switching:
    | { readonly by: 'connector'; upgrade(head: RequestHead, signal: AbortSignal): Promise<UpgradeResult> }
    | { readonly by: 'edge'; connect(signal: AbortSignal): Promise<Duplex> };
  /** The tunnel's connection that carries it; absent on public paths. */
  readonly connection?: Connection;
  readonly legs: readonly Leg[];
  /** Faults that changed what was opened. */
  readonly faults?: readonly Reason[];
  /** Whether simulated latency holds up something that was sent on this way or comes back; absent: there is none. */
  readonly underWay?: () => boolean;
  /** An answer is held back by model time, so that nobody waits for it with a manual clock; absent: none is. */
  readonly waitsForClock?: true;
}

export interface OpenOptions {
  readonly from: DataCenter;
  /** Code of the data center at which the client stands, when the request entered at another. */
  readonly client?: string | undefined;
  /** Connections that already failed in this attempt. */
  readonly tried: readonly Connection[];
  readonly rng: Rng;
  readonly serverName: string;
  /** Whether the origin's certificate must be valid. */
  readonly verify: boolean;
  /** The client's request; absent for what the edge does by itself, such as probes. */
  readonly facts?: HttpFacts;
  /** Asks for connections of its own in place of kept ones, as probes need; told how far a dialled one has come. */
  readonly single?: (phase: DialPhase) => void;
  /** Of work on the clock that waits for what comes back: it is parked while that takes its time. */
  readonly ticket?: Ticket;
}

/** What opening a path would come to. */
export type Preview = Pick<Opened, 'connection' | 'legs' | 'faults'>;

/** Passes on what was opened, as it is or changed: here faults of origins get in, whoever opens the path. */
export type ReachHook = (opened: Opened, path: OpenPath, options: OpenOptions) => Opened;

/** What stands between data centers and the connections of tunnels. Here partitions and lost connections get in. */
export interface ReplicaHook {
  /** Why a connection cannot be got to from a data center; undefined: it can. */
  bars(from: string, connection: Connection): Reason | undefined;
  /**
   * Why connections are not there that would be nearer to a data center, or as near.
   *
   * @param chosen code of the data center in which the one that serves ends; undefined: there is none
   */
  lost(tunnelId: string, from: string, chosen: string | undefined): readonly Reason[];
}

/** What changes ways between their resolution and their use. */
export interface ReachHooks {
  readonly reach: ReachHook;
  /** Absent: nothing stands in between. */
  readonly replicas: ReplicaHook | undefined;
}

/** A choice among a tunnel's connections, and what had a part in it. */
interface Chosen {
  readonly connection: Connection | undefined;
  readonly faults: readonly Reason[] | undefined;
}

/** Endpoint to path to connection. Forwarding, probes, layer 4, on-ramp, previews and explain all go through it. */
export class Reach {
  private readonly legs = new Map<string, readonly Leg[]>();

  constructor(
    private readonly view: () => PathView,
    private readonly registry: TunnelRegistry,
    private readonly upstreams: Upstreams,
    private readonly dataCenter: (code: string) => Place | undefined,
    private readonly hooks: () => ReachHooks,
  ) {}

  /** Pure: how the endpoint is reached from a data center. */
  resolve(endpoint: Endpoint, from: DataCenter, secure: boolean): Path {
    return resolvePath(endpoint, from, secure, this.view());
  }

  /** The next way along a path, apart from those that were tried; undefined when there is none (left). */
  open(path: OpenPath, options: OpenOptions): Opened | undefined {
    const opened = this.take(path, options);
    return opened && this.struck(opened, path, options);
  }

  /** What {@link open} would give, drawing as it would, without a connection being opened or used. */
  preview(path: OpenPath, options: OpenOptions): Preview | undefined {
    if (path.kind === 'public') {
      if (options.tried.length > 0) return undefined;
      return this.struck({ ...UNUSED, legs: this.publicLegs(path.legs, options) }, path, options);
    }
    const { connection, faults } = this.choose(path.tunnelId, options);
    if (!connection) return undefined;
    const legs = this.tunnelLegs(connection, options);
    return this.struck({ ...UNUSED, connection, legs, ...(faults && { faults }) }, path, options);
  }

  /** Why a path has no way (left) from a data center, as far as faults have to do with it. */
  whyNone(path: OpenPath, { from }: Pick<OpenOptions, 'from'>): readonly Reason[] {
    const { replicas } = this.hooks();
    if (!replicas || path.kind === 'public') return [];
    const barred = new Map<string, Reason>();
    for (const connection of this.registry.of(path.tunnelId)) {
      const reason = connection.accepting ? replicas.bars(from.code, connection) : undefined;
      if (reason) barred.set(`${reason.subject} ${reason.detail}`, reason);
    }
    return [...barred.values(), ...replicas.lost(path.tunnelId, from.code, undefined)];
  }

  private struck(opened: Opened, path: OpenPath, options: OpenOptions): Opened {
    const after = this.hooks().reach(opened, path, options);
    const chosen = opened.faults;
    if (!chosen || after === opened || !after.faults) return after;
    return { ...after, faults: [...chosen, ...after.faults] };
  }

  /** The nearest connection that can be got to. */
  private choose(tunnelId: string, { from, tried, rng }: OpenOptions): Chosen {
    const { replicas } = this.hooks();
    if (!replicas) return { connection: this.registry.choose(tunnelId, from.code, tried, rng), faults: undefined };
    const barred = new Map<string, Reason>();
    const passed = [...tried];
    for (;;) {
      const connection = this.registry.choose(tunnelId, from.code, passed, rng);
      const reason = connection && replicas.bars(from.code, connection);
      if (!connection || !reason) {
        const faults = [...barred.values(), ...replicas.lost(tunnelId, from.code, connection?.dataCenter)];
        return { connection, faults: faults.length === 0 ? undefined : faults };
      }
      passed.push(connection);
      barred.set(`${reason.subject} ${reason.detail}`, reason);
    }
  }

  private take(path: OpenPath, options: OpenOptions): Opened | undefined {
    if (path.kind === 'public') {
      if (options.tried.length > 0) return undefined;
      // Looked up when it is used: it may be some time until then.
      const upstream = () => this.upstream({ host: path.host, port: path.port, secure: path.secure }, options);
      return {
        request: (head, body, handler) => upstream().request(head, body, handler),
        switching: { by: 'edge', connect: (signal) => upstream().connect(signal) },
        legs: this.publicLegs(path.legs, options),
      };
    }
    const { connection, faults: chosen } = this.choose(path.tunnelId, options);
    if (!connection) return undefined;
    const legs = this.tunnelLegs(connection, options);
    const faults = chosen && { faults: chosen };
    if (path.kind === 'tunnel') {
      return {
        request: (head, body, handler) => connection.request(head, body, handler),
        switching: { by: 'connector', upgrade: (head, signal) => connection.upgrade(head, signal) },
        connection,
        legs,
        ...faults,
      };
    }
    const { ip: host, port, secure } = path;
    const upstream = this.upstream({ host, port, secure, via: connection }, options);
    return {
      request: (head, body, handler) => upstream.request(head, body, handler),
      switching: { by: 'edge', connect: upstream.connect },
      connection,
      legs,
      ...faults,
    };
  }

  /** Whether a path has no way left because its tunnel's connections are busy, not because there are none. */
  isFull(path: Path): boolean {
    return (path.kind === 'tunnel' || path.kind === 'private') && this.registry.isFull(path.tunnelId);
  }

  private upstream(
    to: Omit<UpstreamKey, 'serverName' | 'verify'>,
    { serverName, verify, single }: OpenOptions,
  ): HttpUpstream | SingleUpstream {
    const key = { ...to, serverName, verify };
    return single ? this.upstreams.single(key, single) : this.upstreams.get(key);
  }

  private publicLegs(legs: readonly Leg[], { client, from }: OpenOptions): readonly Leg[] {
    return client === undefined ? legs : [this.clientLeg(client, from), ...legs];
  }

  /**
   * From the client to the data center of ingress, if the client stands elsewhere; from there to the one of egress; and
   * on to the connector. Kept, because data centers do not move and connectors stand at one.
   */
  private tunnelLegs({ dataCenter: egress, location }: Connection, { client, from }: OpenOptions): readonly Leg[] {
    const name = `${client ?? ''} ${from.code} ${egress} ${location ?? ''}`;
    let legs = this.legs.get(name);
    if (!legs) {
      legs = [
        ...(client === undefined ? [] : [this.clientLeg(client, from)]),
        { from: from.code, to: egress, roundTripMs: this.roundTrip(from, this.dataCenter(egress)) },
        {
          from: egress,
          to: 'connector',
          roundTripMs: this.roundTrip(this.dataCenter(egress), this.dataCenter(location ?? egress)),
        },
      ];
      this.legs.set(name, legs);
    }
    return legs;
  }

  private clientLeg(client: string, from: DataCenter): Leg {
    return { from: 'client', to: from.code, roundTripMs: this.roundTrip(this.dataCenter(client), from) };
  }

  private roundTrip(a: Place | undefined, b: Place | undefined): number {
    return a && b ? this.view().roundTrip(a, b) : 0;
  }
}

const refuse = (): never => {
  throw new Error('a preview carries no requests');
};

/** Stands where a preview has nothing that could be used. */
const UNUSED: Pick<Opened, 'request' | 'switching'> = { request: refuse, switching: { by: 'edge', connect: refuse } };
