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

/** Endpoint to path to connection. Forwarding, probes, layer 4, on-ramp, previews and explain all go through it. */
export class Reach {
  private readonly legs = new Map<string, readonly Leg[]>();

  constructor(
    private readonly view: () => PathView,
    private readonly registry: TunnelRegistry,
    private readonly upstreams: Upstreams,
    private readonly dataCenter: (code: string) => Place | undefined,
    private readonly hook: () => ReachHook,
  ) {}

  /** Pure: how the endpoint is reached from a data center. */
  resolve(endpoint: Endpoint, from: DataCenter, secure: boolean): Path {
    return resolvePath(endpoint, from, secure, this.view());
  }

  /** The next way along a path, apart from those that were tried; undefined when there is none (left). */
  open(path: OpenPath, options: OpenOptions): Opened | undefined {
    const opened = this.take(path, options);
    return opened && this.hook()(opened, path, options);
  }

  /** What {@link open} would give, drawing as it would, without a connection being opened or used. */
  preview(path: OpenPath, options: OpenOptions): Preview | undefined {
    const { tried, from, rng } = options;
    if (path.kind === 'public') {
      if (tried.length > 0) return undefined;
      return this.hook()({ ...UNUSED, legs: this.publicLegs(path.legs, options) }, path, options);
    }
    const connection = this.registry.choose(path.tunnelId, from.code, tried, rng);
    if (!connection) return undefined;
    return this.hook()({ ...UNUSED, connection, legs: this.tunnelLegs(connection, options) }, path, options);
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
    const connection = this.registry.choose(path.tunnelId, options.from.code, options.tried, options.rng);
    if (!connection) return undefined;
    const legs = this.tunnelLegs(connection, options);
    if (path.kind === 'tunnel') {
      return {
        request: (head, body, handler) => connection.request(head, body, handler),
        switching: { by: 'connector', upgrade: (head, signal) => connection.upgrade(head, signal) },
        connection,
        legs,
      };
    }
    const { ip: host, port, secure } = path;
    const upstream = this.upstream({ host, port, secure, via: connection }, options);
    return {
      request: (head, body, handler) => upstream.request(head, body, handler),
      switching: { by: 'edge', connect: upstream.connect },
      connection,
      legs,
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
