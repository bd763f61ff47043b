import * as z from 'zod';
import type { Route } from '../../../state/objects.js';
import type { AccountSnapshot } from '../../../state/state.types.js';
import { type Lifetime, lifetimeOf, lifetimeTimes } from '../../lifetime.js';

/** docs/reference/api.md 2.5: Route, and Teamnet, which has the names as well. */
export const routeResult = z.object({
  id: z.uuid(),
  network: z.string(),
  tunnel_id: z.uuid(),
  virtual_network_id: z.uuid(),
  comment: z.string(),
  created_at: z.iso.datetime(),
  deleted_at: z.iso.datetime().nullable(),
});
export const teamnetResult = routeResult.extend({
  tunnel_name: z.string(),
  tun_type: z.enum(['cfd_tunnel', 'warp_connector']),
  virtual_network_name: z.string(),
});

export function shownRoute(lifetime: Lifetime<Route>): z.infer<typeof routeResult> {
  const { id, network, tunnel_id, virtual_network_id, comment } = lifetime.object;
  return { id, network, tunnel_id, virtual_network_id, comment, ...lifetimeTimes(lifetime) };
}

/** The tunnel and the network of a deleted route may be gone as well; longer ago than is remembered they have no name. */
export function shownTeamnet(lifetime: Lifetime<Route>, account: AccountSnapshot): z.infer<typeof teamnetResult> {
  const { tunnel_id, virtual_network_id } = lifetime.object;
  const tunnel = lifetimeOf(account, 'tunnels', tunnel_id)?.object;
  return {
    ...shownRoute(lifetime),
    tunnel_name: tunnel?.name ?? '',
    tun_type: tunnel?.tun_type ?? 'cfd_tunnel',
    virtual_network_name: lifetimeOf(account, 'virtual_networks', virtual_network_id)?.object.name ?? '',
  };
}
