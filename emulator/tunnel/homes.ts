import type { Place } from '../geo/geo.types.js';
import { type Geography, unknownDataCenter } from '../geo/geography.js';
import { suggestDataCenters } from '../geo/suggest.js';
import { assignDataCenter, isHome, toBringHome } from './assign.js';
import type { Connection } from './connection.js';
import type { TunnelRegistry } from './registry.js';

/** A connection that asks to be registered. */
export interface Candidate {
  readonly tunnelId: string;
  readonly connectorId: string;
  readonly index: number;
  /** IATA code of where the connector says it stands. */
  readonly location: string | undefined;
  /** Code of the data center whose address it dialled: it ends there while that runs. */
  readonly home?: string;
}

/** Where a connection ends, or why it is not taken. */
export type Assignment =
  | { readonly ok: true; readonly dataCenter: string }
  | {
      readonly ok: false;
      readonly reason: string;
      /** False: it will not be taken later either. Absent: the connector tries again. */
      readonly retry?: false;
    };

/** A tunnel's connection, there already or about to be registered. */
export type Link = Pick<Connection, 'tunnelId' | 'connectorId' | 'index' | 'dataCenter'>;

/**
 * Why a connection must not be, undefined: it may. Here faults of connections get in.
 *
 * @param stands it is there already; false: it asks to be registered
 */
export type LinkHook = (link: Link, stands: boolean) => string | undefined;

/** Of one tunnel; Cloudflare's limit. What becomes of one more is not published: here it is refused, and tries again. */
const MAX_REPLICAS = 25;

/** Where connections end: assigned when they register, and put right when data centers go down and come back. */
export class Homes {
  /** Connections that were assigned while a data center was down. */
  private readonly displaced = new WeakSet<Connection>();

  constructor(
    private readonly registry: TunnelRegistry,
    private readonly geography: () => Geography,
    private readonly link: () => LinkHook,
  ) {
    // As soon as it is there, not when it takes requests: the data center may be back by then.
    registry.subscribe({ connected: (connection) => this.note(connection) });
  }

  private note(connection: Connection): void {
    const geography = this.geography();
    if (geography.configured.some(({ code }) => !geography.isRunning(code))) this.displaced.add(connection);
  }

  assign({ tunnelId, connectorId, index, location, home }: Candidate): Assignment {
    const geography = this.geography();
    if (location !== undefined && !geography.find(location)) {
      const suggestions = suggestDataCenters(location, geography.configured);
      const { message, fix } = unknownDataCenter({ code: location, suggestions, where: "the connector's location" });
      return { ok: false, reason: `${message}; ${fix}`, retry: false };
    }
    if (this.isCrowded(tunnelId, connectorId)) {
      return { ok: false, reason: `the tunnel has ${MAX_REPLICAS} replicas already, which is as many as it may` };
    }
    const others = [...this.registry.of(tunnelId)].filter(
      (other) => other.connectorId === connectorId && other.index !== index && !other.leaving,
    );
    const endIn = (code: string) => others.filter(({ dataCenter }) => dataCenter === code).length;
    if (home !== undefined && !geography.isConfigured(home))
      return { ok: false, reason: `data center ${home} is not configured` };
    // While its data center is down an address leads to those next to it, as one of an anycast network does: cloudflared
    // would try no other.
    const dataCenter =
      home !== undefined && geography.isRunning(home)
        ? home
        : assignDataCenter(this.placeOf(home ?? location), index, this.nearest, endIn)?.code;
    if (dataCenter === undefined) return { ok: false, reason: 'no data center is running' };
    const reason = this.link()({ tunnelId, connectorId, index, dataCenter }, false);
    return reason === undefined ? { ok: true, dataCenter } : { ok: false, reason };
  }

  /** One more connector would be one too many. */
  private isCrowded(tunnelId: string, connectorId: string): boolean {
    const connectors = new Set(Array.from(this.registry.of(tunnelId), (each) => each.connectorId));
    return connectors.size >= MAX_REPLICAS && !connectors.has(connectorId);
  }

  /** A connection takes requests now. */
  registered(connection: Connection): void {
    this.bringHome(connection.tunnelId);
  }

  /** Data centers or faults are others now: closes what must not be, and brings home what can go there again. */
  review(): void {
    const geography = this.geography();
    for (const connection of [...this.registry.all()]) {
      const { dataCenter } = connection;
      const reason = geography.isConfigured(dataCenter)
        ? this.link()(connection, true)
        : `data center ${dataCenter} was removed`;
      if (reason !== undefined) connection.close(reason);
    }
    for (const id of new Set(Array.from(this.registry.all(), ({ tunnelId }) => tunnelId))) this.bringHome(id);
  }

  /** Connections are about to end elsewhere: some leave, or are away from where they belong. */
  isMoving(): boolean {
    for (const connection of this.registry.all()) {
      if (connection.leaving || (this.displaced.has(connection) && this.isElsewhere(connection))) return true;
    }
    return false;
  }

  private bringHome(tunnelId: string): void {
    const isAway = (connection: Connection): boolean => this.displaced.has(connection) && this.isElsewhere(connection);
    for (const connection of toBringHome(this.registry.of(tunnelId), isAway)) {
      const { home, dataCenter } = connection;
      connection.redial(
        home === undefined ? `a data center closer than ${dataCenter} is back` : `data center ${home} is back`,
      );
    }
  }

  /** It would end in another data center if it came now. */
  private isElsewhere({ dataCenter, home, location }: Connection): boolean {
    return home !== undefined && this.geography().isRunning(home)
      ? dataCenter !== home
      : !isHome(dataCenter, this.placeOf(home ?? location), this.nearest);
  }

  private readonly nearest = (place: Place, count: number) => this.geography().nearest(place, count);

  private placeOf(location: string | undefined): Place {
    const geography = this.geography();
    return (location === undefined ? undefined : geography.find(location)) ?? geography.default;
  }
}
