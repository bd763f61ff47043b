import type { SecureContext } from 'node:tls';
import type { Deadlines } from '../runtime/deadlines.js';
import type { Ids } from '../runtime/ids.js';
import { standingAt } from './geo/standing.js';
import type { Events } from './observe/journal.types.js';
import type { Log } from './observe/log.js';
import type { AccountSnapshot } from './state/state.types.js';
import { CloudflaredListener } from './tunnel/cloudflared/listener.js';
import type { Connection } from './tunnel/connection.js';
import { Homes } from './tunnel/homes.js';
import { ConfigurationPush } from './tunnel/push.js';
import type { TunnelRegistry } from './tunnel/registry.js';
import { TunnelStatuses } from './tunnel/status.js';
import { ConnectorListener, type ConnectorListenerOptions } from './tunnel/websocket/listener.js';
import type { EdgeView } from './view.js';

export interface TunnelsOptions {
  readonly registry: TunnelRegistry;
  readonly account: () => AccountSnapshot;
  readonly view: () => EdgeView;
  readonly tunnelName: (id: string) => string | undefined;
  readonly events: Events;
  readonly log: Log;
  readonly deadlines: Deadlines;
  readonly ids: Ids;
  /** Model time, milliseconds since the epoch. */
  readonly now: () => number;
  /** What the edge shows to cloudflared, with the names that it expects. */
  readonly secureContext: () => Promise<SecureContext>;
  /** A tunnel that had no connection has one that takes requests. */
  readonly onServing: (tunnelId: string) => void;
  /** A connection takes nothing new; what is open goes on. */
  readonly onLeaving: (connection: Connection) => void;
  readonly onGone: (connection: Connection) => void;
}

/** Where tunnels end: the listeners, and what happens to connections, whatever they speak. */
export interface Tunnels {
  readonly connectors: ConnectorListener;
  readonly cloudflared: CloudflaredListener;
  readonly homes: Homes;
  readonly push: ConfigurationPush;
  readonly statuses: TunnelStatuses;
  close(grace: number): Promise<void>;
}

export function createTunnels(options: TunnelsOptions): Tunnels {
  const { registry, account, view, events, log, deadlines, ids, now } = options;
  const push = new ConfigurationPush(account, registry, {
    applied: (connection, version) =>
      log.debug({ connection: connection.id, version }, 'configuration applied by the connector'),
    failed: (connection, error) =>
      log.warn({ connection: connection.id, error }, 'the connector did not apply the configuration'),
  });
  const homes = new Homes(
    registry,
    () => view().geography,
    () => view().faults.link,
  );
  const statuses = new TunnelStatuses({ tunnel: (id) => account().tunnels.get(id), events, now });
  const nameOf = ({ tunnelId }: Connection): string => options.tunnelName(tunnelId) ?? tunnelId;

  const shared: ConnectorListenerOptions = {
    account,
    deadlines,
    now,
    newId: () => ids.uuid(),
    assign: (candidate) => homes.assign(candidate),
    onConnected: (connection) => {
      const first = registry.of(connection.tunnelId).size === 0;
      registry.add(connection);
      const { index, dataCenter, connectorId } = connection;
      const tunnel = nameOf(connection);
      // Its configuration comes first: only then does it take requests.
      void push.push(connection).then(() => {
        if (!connection.accepting) return;
        if (first) options.onServing(connection.tunnelId);
        homes.registered(connection);
        events.emit(
          'connection.opened',
          `tunnel ${tunnel}: connection ${index} of connector ${connectorId} ends in ${dataCenter}`,
          { tunnel, connector: connectorId, index, data_center: dataCenter },
        );
        statuses.opened(connection);
      });
    },
    onLeaving: (connection) => {
      options.onLeaving(connection);
      statuses.review(connection.tunnelId);
    },
    onDisconnected: (connection, reason) => {
      registry.remove(connection, reason);
      options.onGone(connection);
      if (!statuses.closed(connection)) return;
      const { index, dataCenter, connectorId } = connection;
      const tunnel = nameOf(connection);
      events.emit(
        'connection.closed',
        `tunnel ${tunnel}: connection ${index} of connector ${connectorId} in ${dataCenter} closed: ${reason}`,
        { tunnel, connector: connectorId, index, data_center: dataCenter, reason },
      );
      statuses.review(connection.tunnelId);
    },
    onRefused: (address, code, message) =>
      events.emit('connector.refused', `connector at ${address} refused: ${message}`, { address, code }),
    onError: (error) => log.error({ err: error }, 'a message of a connector could not be handled'),
  };
  const connectors = new ConnectorListener(shared);
  const cloudflared = new CloudflaredListener({
    ...shared,
    secureContext: options.secureContext,
    connectionsOf: (tunnelId) => registry.of(tunnelId),
    locate: (address) => standingAt(address, account().clients),
    onUnknown: (address, reason) =>
      log.info({ address, reason }, 'a connection to the cloudflared listener came to nothing'),
  });

  return {
    connectors,
    cloudflared,
    homes,
    push,
    statuses,
    async close(grace) {
      await Promise.all([connectors.close(grace), cloudflared.close(grace)]);
    },
  };
}
