import { messageOf } from '../../runtime/errors.js';
import type { TunnelConfiguration } from '../state/objects.js';
import type { AccountSnapshot, StateEvent } from '../state/state.types.js';
import type { Connection } from './connection.js';
import type { TunnelRegistry } from './registry.js';

export interface PushListener {
  applied(connection: Connection, version: number): void;
  failed(connection: Connection, error: string): void;
}

/** What one tunnel's connectors should have. */
interface Wanted {
  readonly version: number;
  readonly config: TunnelConfiguration | null;
  readonly networks: readonly string[];
}

/** Keeps connectors at the configuration and networks that the account holds for their tunnel. */
export class ConfigurationPush {
  /** By tunnel, what has been sent and not been answered. */
  private readonly pending = new Map<string, Set<Promise<void>>>();

  constructor(
    private readonly account: () => AccountSnapshot,
    private readonly registry: TunnelRegistry,
    private readonly listener: PushListener,
  ) {}

  /** Brings one connection up to date: a new one, or after a change. Resolves once it has answered, or is gone. */
  push(connection: Connection): Promise<void> {
    return this.send(connection, wanted(this.account(), connection.tunnelId));
  }

  private send(connection: Connection, { version, config, networks }: Wanted): Promise<void> {
    const answered = connection.configure(version, config, networks).then(
      (acknowledged) => this.listener.applied(connection, acknowledged),
      (error: unknown) => this.listener.failed(connection, messageOf(error)),
    );
    this.await(connection.tunnelId, answered);
    return answered;
  }

  private await(tunnelId: string, answered: Promise<void>): void {
    const pending = this.pending.get(tunnelId) ?? new Set();
    this.pending.set(tunnelId, pending);
    pending.add(answered);
    void answered.then(() => {
      pending.delete(answered);
      if (pending.size === 0) this.pending.delete(tunnelId);
    });
  }

  /** Resolves when a tunnel's connectors have answered what was pushed so far; undefined when they have. */
  settling(tunnelId: string): Promise<unknown> | undefined {
    const pending = this.pending.get(tunnelId);
    return pending && Promise.all(pending);
  }

  /** Follows the account: changed configurations and routes are pushed; who lost the right to be here is sent off. */
  follow(event: StateEvent): void {
    const changed = new Set<string>();
    for (const change of event.changes) {
      if (change.kind === 'configurations') changed.add(change.id);
      if (change.kind === 'routes') {
        for (const route of [change.before, change.after])
          if (route && 'tunnel_id' in route) changed.add(route.tunnel_id);
      }
      if (change.kind === 'tunnels' && this.tunnelChanged(event, change.id)) changed.add(change.id);
    }
    for (const tunnelId of changed) {
      // Looked up once, and not for tunnels that nobody is connected to: routes are many.
      let told: Wanted | undefined;
      for (const connection of this.registry.of(tunnelId)) {
        told ??= wanted(this.account(), tunnelId);
        void this.send(connection, told);
      }
    }
  }

  /** Whether its connectors have to be told something. */
  private tunnelChanged(event: StateEvent, tunnelId: string): boolean {
    const before = event.before.tunnels.get(tunnelId);
    const after = event.after.tunnels.get(tunnelId);
    if (!before || before.config_src === after?.config_src) return false;
    // A connector takes a configuration in place of its own at any time; its own it uses again when it has come anew.
    if (after?.config_src === 'cloudflare' && event.after.configurations.has(tunnelId)) return true;
    const reason = after ? 'the source of the configuration was changed' : 'the tunnel was deleted';
    for (const connection of [...this.registry.of(tunnelId)]) connection.close(reason);
    return false;
  }
}

function wanted(account: AccountSnapshot, tunnelId: string): Wanted {
  const networks: string[] = [];
  for (const route of account.routes.values()) if (route.tunnel_id === tunnelId) networks.push(route.network);
  const configuration = account.configurations.get(tunnelId);
  const remote = account.tunnels.get(tunnelId)?.config_src === 'cloudflare';
  return { version: configuration?.version ?? 0, config: remote ? (configuration?.config ?? null) : null, networks };
}
