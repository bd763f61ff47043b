import * as z from 'zod';
import type { Tunnel, TunnelMesh } from '../../../state/objects.js';
import type { Writable } from '../../../state/state.types.js';
import type { ApiDeps } from '../../api.types.js';
import type { Area, Call, Endpoint } from '../../endpoint.js';
import { apiError } from '../../errors.js';
import { isObject, withoutNulls } from '../../merge.js';
import { instant, writable } from '../../shown.js';
import { clientEndpoints } from './clients.js';
import { liveTunnel } from './find.js';
import { configurationNotFound, connectorNotFound, refusal } from './refusal.js';
import { type TunnelVariety, tunnelEndpoints } from './tunnel-endpoints.js';
import { connectionsOf } from './tunnel-result.js';

const MODES = ['none', 'disabled', 'aws', 'local'] as const satisfies readonly TunnelMesh['ha_mode'][];

const VARIETY: TunnelVariety = {
  type: 'warp_connector',
  noun: 'WARP connector',
  path: '/accounts/:account_id/warp_connector',
  body: z.object({ name: z.string(), tunnel_secret: z.string().optional(), ha: z.boolean().optional() }),
  created: ({ name, tunnel_secret }) =>
    ({ name, ...(tunnel_secret !== undefined && { tunnel_secret }), config_src: 'cloudflare' }) as Writable<'tunnels'>,
};

const meshResult = z.object({
  tunnel_id: z.uuid(),
  ha_mode: z.enum(MODES),
  config: z.record(z.string(), z.unknown()).nullable(),
  configuration_version: z.number(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime().nullable(),
});

/** A WARP connector before its first configuration. */
const NO_MESH: Pick<TunnelMesh, 'ha_mode' | 'config' | 'version'> = { ha_mode: 'none', config: null, version: 0 };

function shownMesh({ id, created_on, mesh }: Tunnel): z.infer<typeof meshResult> {
  const { ha_mode, config, version } = mesh ?? NO_MESH;
  return {
    tunnel_id: id,
    ha_mode,
    config: config && { ...config },
    configuration_version: version,
    created_at: instant(created_on),
    updated_at: mesh ? instant(mesh.updated_at) : null,
  };
}

function meshEndpoints(deps: ApiDeps): readonly Endpoint[] {
  const write = (call: Call, change: (tunnel: Tunnel) => Partial<TunnelMesh>): Tunnel =>
    deps.state.transact('api', (draft) => {
      const tunnel = liveTunnel(draft.read(), call, VARIETY.type, configurationNotFound);
      const mesh = { ...NO_MESH, updated_at: deps.now(), ...tunnel.mesh, ...change(tunnel) };
      return draft.put('tunnels', { ...writable(tunnel), mesh, id: tunnel.id });
    });
  const path = `${VARIETY.path}/:id`;
  return [
    {
      method: 'GET',
      path: `${path}/configurations`,
      summary: 'How its replicas stand in for each other',
      result: meshResult,
      handle: (call) => ({
        result: shownMesh(liveTunnel(deps.state.read(), call, VARIETY.type, configurationNotFound)),
      }),
    },
    {
      method: 'PUT',
      path: `${path}/configurations`,
      summary: 'Say how its replicas stand in for each other',
      partly: 'It is kept and shown; it does not decide which replica gets traffic',
      body: z.object({ ha_mode: z.enum(MODES), config: z.record(z.string(), z.unknown()).nullable().optional() }),
      result: meshResult,
      handle: (call) => {
        const { ha_mode, config = null } = withoutNulls(call.body);
        const mode = MODES.find((each) => each === ha_mode);
        if (mode === undefined || !(config === null || isObject(config))) {
          throw apiError(400, 1056, `Bad Configuration: ha_mode must be one of ${MODES.join(', ')}, config an object`);
        }
        const changed = write(call, ({ mesh }) => ({
          ha_mode: mode,
          config,
          version: (mesh?.version ?? 0) + 1,
          updated_at: deps.now(),
        }));
        return { result: shownMesh(changed) };
      },
    },
    {
      method: 'PUT',
      path: `${path}/failover`,
      summary: 'Make one of its connectors the active one',
      partly: 'It is shown as ha_status; it does not decide which replica gets traffic',
      body: z.object({ client_id: z.uuid() }),
      result: z.null(),
      handle: (call) => {
        const client = String(call.body.client_id ?? '');
        write(call, ({ id }) => {
          if (!connectionsOf(id, deps).some(({ connectorId }) => connectorId === client))
            throw connectorNotFound(client);
          return { active_connector: client };
        });
        return { result: null };
      },
    },
  ];
}

export const warpConnectors: Area = {
  title: 'WARP connectors',
  refusal,
  endpoints: (deps) => [...tunnelEndpoints(VARIETY, deps), ...clientEndpoints(VARIETY, deps), ...meshEndpoints(deps)],
};
