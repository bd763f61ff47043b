import * as z from 'zod';
import type { TunnelType } from '../../../state/objects.js';
import type { Connection } from '../../../tunnel/connection.js';
import type { ApiDeps } from '../../api.types.js';
import { found } from '../../crud.js';
import type { Call, Endpoint } from '../../endpoint.js';
import { wholeList } from '../../paging.js';
import { instant } from '../../shown.js';
import { anyTunnel } from './find.js';
import { connectorNotFound } from './refusal.js';
import { connectionResult, connectionsOf, shownConnection } from './tunnel-result.js';

/** docs/reference/api.md 2.4: Client, which is one connector's process. */
const clientFields = {
  id: z.uuid(),
  arch: z.string(),
  version: z.string(),
  features: z.array(z.string()),
  run_at: z.iso.datetime(),
  config_version: z.number(),
  conns: z.array(connectionResult),
};
export const clientResult = z.object(clientFields);
export const warpClientResult = z.object({ ...clientFields, ha_status: z.enum(['offline', 'passive', 'active']) });

type Client = z.infer<typeof clientResult>;

/** The connectors of a tunnel that have a connection, in the order in which they came. */
function clientsOf(tunnelId: string, deps: ApiDeps): readonly Client[] {
  const byConnector = new Map<string, Connection[]>();
  for (const connection of connectionsOf(tunnelId, deps)) {
    const known = byConnector.get(connection.connectorId);
    if (known) known.push(connection);
    else byConnector.set(connection.connectorId, [connection]);
  }
  const lost = deps.pendingReconnects(tunnelId);
  return Array.from(byConnector, ([id, [first, ...others]]) => {
    const connections = first ? [first, ...others] : others;
    const missing = lost.filter(({ connectorId }) => connectorId === id);
    return {
      id,
      arch: first?.arch ?? '',
      version: first?.version ?? '',
      features: [...(first?.features ?? [])],
      // It does not say when it was started: not later than its first connection.
      run_at: instant(Math.min(...[...connections, ...missing].map(({ openedAt }) => openedAt))),
      config_version: Math.max(...connections.map(({ configVersion }) => configVersion)),
      conns: [
        ...connections.map((connection) => shownConnection(connection, false)),
        ...missing.map((connection) => shownConnection(connection, true)),
      ],
    };
  });
}

/** The connectors of a tunnel, all or one. */
export function clientEndpoints(
  { type, path }: { readonly type: TunnelType; readonly path: string },
  deps: ApiDeps,
): readonly Endpoint[] {
  const result = type === 'warp_connector' ? warpClientResult : clientResult;
  const clients = (call: Call): readonly Client[] => {
    const { object, deletedAt } = anyTunnel(deps.state.read(), call, type);
    if (deletedAt !== null) return [];
    const all = clientsOf(object.id, deps);
    if (type !== 'warp_connector') return all;
    // The one that a failover chose; without it, the first that is there.
    const chosen = object.mesh?.active_connector;
    const active = all.some(({ id }) => id === chosen) ? chosen : all[0]?.id;
    return all.map((client) => ({ ...client, ha_status: client.id === active ? 'active' : 'passive' }));
  };
  return [
    {
      method: 'GET',
      path: `${path}/:id/connections`,
      summary: 'The connectors that are connected, with their connections',
      result: result.array(),
      handle: (call) => wholeList(clients(call)),
    },
    {
      method: 'GET',
      path: `${path}/:id/connectors/:connector_id`,
      summary: 'One connector that is connected',
      result,
      handle: (call) => {
        const id = call.param('connector_id');
        return {
          result: found(
            clients(call).find((client) => client.id === id),
            id,
            call,
            connectorNotFound,
          ),
        };
      },
    },
  ];
}

const CLEANED_UP = 'the connections of the tunnel were cleaned up through the API';

/** Disconnects who is there; connectors that are not told otherwise dial in again. */
export function disconnectEndpoint(
  { type, path }: { readonly type: TunnelType; readonly path: string },
  deps: ApiDeps,
): Endpoint {
  return {
    method: 'DELETE',
    path: `${path}/:id/connections`,
    summary: 'Disconnect all connectors, or the one of client_id',
    query: ['client_id'],
    result: z.null(),
    handle: (call) => {
      const { object } = anyTunnel(deps.state.read(), call, type);
      const client = call.query.text('client_id')?.toLowerCase();
      // A copy: they go while this goes through them.
      for (const connection of [...deps.connections(object.id)]) {
        if (client === undefined || connection.connectorId === client) connection.close(CLEANED_UP);
      }
      return { result: null };
    },
  };
}
