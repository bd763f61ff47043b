import type { Area } from '../endpoint.js';
import { pools } from './load-balancing/pools.js';
import { hostnameRoutes } from './networks/hostname-routes.js';
import { routes } from './networks/routes.js';
import { virtualNetworks } from './networks/virtual-networks.js';
import { allTunnels } from './tunnels/all-tunnels.js';
import { cloudflaredTunnels } from './tunnels/cloudflared-tunnels.js';
import { tunnelHostnames } from './tunnels/tunnel-hostnames.js';
import { warpConnectors } from './tunnels/warp-connectors.js';

/** What is served, in the order in which it is documented. */
export const AREAS: readonly Area[] = [
  pools,
  cloudflaredTunnels,
  warpConnectors,
  allTunnels,
  tunnelHostnames,
  routes,
  virtualNetworks,
  hostnameRoutes,
];
