import * as z from 'zod';
import type { Writable } from '../../../state/state.types.js';
import type { Area } from '../../endpoint.js';
import { clientEndpoints, disconnectEndpoint } from './clients.js';
import { configurationEndpoints } from './configurations.js';
import { managementEndpoints } from './management.js';
import { refusal } from './refusal.js';
import { type TunnelVariety, tunnelEndpoints } from './tunnel-endpoints.js';

const VARIETY: TunnelVariety = {
  type: 'cfd_tunnel',
  noun: 'tunnel',
  path: '/accounts/:account_id/cfd_tunnel',
  body: z.object({
    name: z.string(),
    tunnel_secret: z.string().optional(),
    config_src: z.enum(['local', 'cloudflare']).optional(),
  }),
  created: ({ name, tunnel_secret, config_src }) =>
    ({
      name,
      ...(tunnel_secret !== undefined && { tunnel_secret }),
      ...(config_src !== undefined && { config_src }),
    }) as Writable<'tunnels'>,
};

export const cloudflaredTunnels: Area = {
  title: 'Tunnels',
  refusal,
  endpoints: (deps) => [
    ...tunnelEndpoints(VARIETY, deps),
    ...configurationEndpoints(VARIETY.path, deps),
    ...clientEndpoints(VARIETY, deps),
    disconnectEndpoint(VARIETY, deps),
    ...managementEndpoints(VARIETY.path, deps),
  ],
};
