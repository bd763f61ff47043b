import type { Connection } from './connection.js';

/**
 * How a tunnel is (docs/reference/load-balancing.md 9.3): `inactive`: never connected; `healthy`: every connector has
 * its four connections; `degraded`: it is served, and a connection is missing; `down`: it was connected, and is not.
 */
export type TunnelStatus = 'inactive' | 'healthy' | 'degraded' | 'down';

/** A tunnel's status and since when it is connected, or is not; by the API's names (docs/reference/api.md 2.4). */
export interface TunnelStanding {
  readonly status: TunnelStatus;
  /** Model time, milliseconds: when the first of its present connections came; null: there is none. */
  readonly conns_active_at: number | null;
  /** Model time, milliseconds: when its last connection went, or it was made; null: it is connected. */
  readonly conns_inactive_at: number | null;
}

/** What is told of a connection that is gone: who it was, not what it could do. */
export type LostConnection = Pick<
  Connection,
  'id' | 'tunnelId' | 'connectorId' | 'index' | 'dataCenter' | 'openedAt' | 'version' | 'originIp' | 'configVersion'
>;
