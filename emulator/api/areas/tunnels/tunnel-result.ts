import * as z from 'zod';
import type { Tunnel } from '../../../state/objects.js';
import type { Connection } from '../../../tunnel/connection.js';
import type { LostConnection } from '../../../tunnel/status.types.js';
import type { ApiDeps } from '../../api.types.js';
import { type Lifetime, lifetimeTimes } from '../../lifetime.js';
import { instant } from '../../shown.js';

/** docs/reference/api.md 2.4: Connection. */
export const connectionResult = z.object({
  id: z.uuid(),
  uuid: z.uuid(),
  client_id: z.uuid(),
  client_version: z.string(),
  colo_name: z.string(),
  is_pending_reconnect: z.boolean(),
  opened_at: z.iso.datetime(),
  origin_ip: z.string(),
});

/** docs/reference/api.md 2.4: Tunnel. */
export const tunnelResult = z.object({
  id: z.uuid(),
  account_tag: z.string(),
  name: z.string(),
  created_at: z.iso.datetime(),
  deleted_at: z.iso.datetime().nullable(),
  connections: z.array(connectionResult),
  conns_active_at: z.iso.datetime().nullable(),
  conns_inactive_at: z.iso.datetime().nullable(),
  status: z.enum(['inactive', 'degraded', 'healthy', 'down']),
  tun_type: z.enum(['cfd_tunnel', 'warp_connector']),
  remote_config: z.boolean(),
  config_src: z.enum(['local', 'cloudflare']),
  metadata: z.object({}),
});

type Deps = Pick<ApiDeps, 'state' | 'connections' | 'tunnelStatus' | 'pendingReconnects'>;

export function shownTunnel(lifetime: Lifetime<Tunnel>, deps: Deps): z.infer<typeof tunnelResult> {
  const { object: tunnel, deletedAt } = lifetime;
  const isThere = deletedAt === null;
  const standing = deps.tunnelStatus(tunnel);
  const at = (time: number | null): string | null => (time === null ? null : instant(time));
  return {
    id: tunnel.id,
    account_tag: deps.state.read().account.id,
    name: tunnel.name,
    ...lifetimeTimes(lifetime),
    connections: isThere ? shownConnections(tunnel.id, deps) : [],
    conns_active_at: isThere ? at(standing.conns_active_at) : null,
    // Whoever was connected was so until the end.
    conns_inactive_at: isThere ? at(standing.conns_inactive_at) : at(standing.conns_inactive_at ?? deletedAt),
    status: isThere ? standing.status : 'inactive',
    tun_type: tunnel.tun_type,
    remote_config: tunnel.config_src === 'cloudflare',
    config_src: tunnel.config_src,
    metadata: {},
  };
}

/** Those that are there, and then those that broke and are expected back. */
function shownConnections(tunnelId: string, deps: Deps): z.infer<typeof connectionResult>[] {
  return [
    ...connectionsOf(tunnelId, deps).map((connection) => shownConnection(connection, false)),
    ...deps.pendingReconnects(tunnelId).map((connection) => shownConnection(connection, true)),
  ];
}

/** The connections of a tunnel that take requests, or would if they had room. */
export function connectionsOf(tunnelId: string, deps: Pick<ApiDeps, 'connections'>): readonly Connection[] {
  return [...deps.connections(tunnelId)].filter(({ accepting, full }) => accepting || full);
}

export function shownConnection(
  { id, connectorId, version, dataCenter, openedAt, originIp }: Connection | LostConnection,
  isPending: boolean,
): z.infer<typeof connectionResult> {
  return {
    id,
    uuid: id,
    client_id: connectorId,
    client_version: version,
    colo_name: dataCenter,
    is_pending_reconnect: isPending,
    opened_at: instant(openedAt),
    origin_ip: originIp,
  };
}
