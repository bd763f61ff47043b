import type { TunnelType } from '../../../state/objects.js';
import type { Area } from '../../endpoint.js';
import { listTunnels, TUNNEL_FILTERS } from './list.js';
import { refusal } from './refusal.js';
import { tunnelResult } from './tunnel-result.js';

const TYPES: readonly TunnelType[] = ['cfd_tunnel', 'warp_connector'];

export const allTunnels: Area = {
  title: 'Tunnels of all types',
  refusal,
  endpoints: (deps) => [
    {
      method: 'GET',
      path: '/accounts/:account_id/tunnels',
      summary: 'List the tunnels of all types, or of tun_types',
      query: ['tun_types', ...TUNNEL_FILTERS],
      result: tunnelResult.array(),
      handle: (call) => {
        const asked = call.query.all('tun_types');
        const types = TYPES.filter((type) => asked.length === 0 || asked.includes(type));
        return listTunnels(call, new Set(types), deps);
      },
    },
  ],
};
