import * as z from 'zod';
import { hostnameRouteSchema } from '../../../state/schemas/private-network.js';
import type { Area } from '../../endpoint.js';
import { lifetimeOf, lifetimeTimes } from '../../lifetime.js';
import { pageOf } from '../../paging.js';
import { hostnameRouteNotFound, refusal } from '../tunnels/refusal.js';
import { rememberedEndpoints } from './remembered.js';

const hostnameRouteResult = z.object({
  id: z.uuid(),
  hostname: z.string(),
  comment: z.string(),
  tunnel_id: z.uuid(),
  tunnel_name: z.string(),
  tun_type: z.enum(['cfd_tunnel', 'warp_connector']),
  created_at: z.iso.datetime(),
  deleted_at: z.iso.datetime().nullable(),
});

/** Kept and listed. Clients of private host names do not come through this edge, and load balancing has no use for them. */
export const hostnameRoutes: Area = {
  title: 'Private host name routes',
  refusal,
  endpoints: (deps) =>
    rememberedEndpoints(
      {
        kind: 'hostname_routes',
        noun: 'hostname route',
        path: '/accounts/:account_id/zerotrust/routes/hostname',
        body: hostnameRouteSchema,
        result: hostnameRouteResult,
        shown: (lifetime, account) => {
          const { id, hostname, comment, tunnel_id } = lifetime.object;
          const tunnel = lifetimeOf(account, 'tunnels', tunnel_id)?.object;
          const { created_at, deleted_at } = lifetimeTimes(lifetime);
          const [tunnel_name, tun_type] = [tunnel?.name ?? '', tunnel?.tun_type ?? 'cfd_tunnel'];
          return { id, hostname, comment, tunnel_id, tunnel_name, tun_type, created_at, deleted_at };
        },
        query: ['id', 'hostname', 'comment', 'tunnel_id', 'existed_at', 'page', 'per_page'],
        filter: ({ query }) => {
          const [id, tunnel] = [query.text('id')?.toLowerCase(), query.text('tunnel_id')?.toLowerCase()];
          const [comment, part] = [query.text('comment'), query.text('hostname')?.toLowerCase()];
          return ({ object }) =>
            (id === undefined || object.id === id) &&
            (tunnel === undefined || object.tunnel_id === tunnel) &&
            (comment === undefined || object.comment === comment) &&
            (part === undefined || object.hostname.includes(part));
        },
        page: (list, { query }, show) => pageOf(list, query, show),
        notFound: hostnameRouteNotFound,
      },
      deps,
    ),
};
