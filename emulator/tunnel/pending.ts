import type { Connection } from './connection.js';
import type { LostConnection } from './status.types.js';

/** Model time, milliseconds: "some minutes" (docs/reference/api.md 2.4). */
const EXPECTED_FOR = 5 * 60_000;
/** Of one tunnel: as many as its replicas may have. */
const LIMIT = 100;

/**
 * Connections that broke and are expected back: the API still lists them, as `is_pending_reconnect`. Those that took
 * their leave are not.
 */
export class PendingReconnects {
  private readonly lost = new Map<string, { readonly connection: LostConnection; readonly until: number }[]>();

  /** @param now model time, milliseconds since the epoch */
  constructor(private readonly now: () => number) {}

  /** A connection is gone. */
  closed(connection: Connection): void {
    if (connection.leaving) return;
    const { id, tunnelId, connectorId, index, dataCenter, openedAt, version, originIp, configVersion } = connection;
    const kept = this.current(tunnelId).slice(1 - LIMIT);
    const lost = { id, tunnelId, connectorId, index, dataCenter, openedAt, version, originIp, configVersion };
    this.lost.set(tunnelId, [...kept, { connection: lost, until: this.now() + EXPECTED_FOR }]);
  }

  /** A connection is there: the one that it takes the place of is not missed any more. */
  opened({ tunnelId, connectorId, index }: Connection): void {
    const missing = this.current(tunnelId).filter(
      ({ connection }) => connection.connectorId !== connectorId || connection.index !== index,
    );
    if (missing.length === 0) this.lost.delete(tunnelId);
    else this.lost.set(tunnelId, missing);
  }

  /** The tunnel is gone. */
  forget(tunnelId: string): void {
    this.lost.delete(tunnelId);
  }

  of(tunnelId: string): readonly LostConnection[] {
    return this.current(tunnelId).map(({ connection }) => connection);
  }

  private current(tunnelId: string): { readonly connection: LostConnection; readonly until: number }[] {
    const now = this.now();
    return this.lost.get(tunnelId)?.filter(({ until }) => now < until) ?? [];
  }
}
