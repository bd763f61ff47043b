import type { HealthView } from '../health/health.types.js';
import type { Previews } from '../health/previews.js';
import type { Events } from '../observe/journal.types.js';
import type { Tunnel } from '../state/objects.js';
import type { AccountState } from '../state/state.types.js';
import type { Connection } from '../tunnel/connection.js';
import type { LostConnection, TunnelStanding } from '../tunnel/status.types.js';

/** What the v4 API reads and steers; the composition root hands it in. */
export interface ApiDeps {
  readonly state: Pick<AccountState, 'read' | 'transact'>;
  /** Resolves when everything that the state has accepted is on disk; at once when nothing is kept there. */
  readonly durable: () => Promise<void>;
  /** Model time, milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: {
    warn(fields: Readonly<Record<string, unknown>>, message: string): void;
    error(fields: Readonly<Record<string, unknown>>, message: string): void;
  };
  readonly health: HealthView;
  /** Checks that somebody asked for. */
  readonly previews: Previews;
  readonly events: Pick<Events, 'recent'>;
  /** Every connection of a tunnel's connectors. */
  readonly connections: (tunnelId: string) => Iterable<Connection>;
  readonly tunnelStatus: (tunnel: Tunnel) => TunnelStanding;
  /** A tunnel's connections that broke and are expected back. */
  readonly pendingReconnects: (tunnelId: string) => readonly LostConnection[];
}
