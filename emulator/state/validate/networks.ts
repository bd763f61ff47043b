import { covers, type Network, parseIp, parseNetwork } from '../addresses.js';
import { defaultNetwork } from '../kinds.js';
import { isHostname } from '../schemas/names.js';
import type { Check } from './index.js';

/** docs/reference/load-balancing.md 9 (private networks): these addresses belong to the devices of the organisation. */
const DEVICES = parseNetwork('100.96.0.0/12') as Network;

/** Routes and virtual networks (docs/reference/api.md 2.5 and section 3). */
export const checkNetworks: Check = function* (account, before, suspects) {
  if (!defaultNetwork(account)) {
    const previous = defaultNetwork(before);
    yield {
      path: ['virtual_networks', previous?.id ?? ''],
      code: 'no_default_network',
      message: 'cannot be deleted or demoted: it is the default virtual network; make another one the default first',
    };
  }
  for (const [id, { hosts }] of account.virtual_networks) {
    for (const [name, ip] of Object.entries(hosts)) {
      const path = ['virtual_networks', id, 'hosts', name];
      if (!isHostname(name)) {
        const message = `must be under a name such as db.internal; it is under ${JSON.stringify(name)}`;
        yield { path, code: 'invalid_name', message };
      } else if (!parseIp(ip)) {
        const message = `must be an IP address such as 10.0.0.5; it is ${JSON.stringify(ip)}`;
        yield { path, code: 'invalid_address', message };
      }
    }
  }
  const seen = new Map<string, string>();
  for (const [id, route] of suspects.routes) {
    const path = ['routes', id, 'network'];
    const network = parseNetwork(route.network);
    if ('problem' in network) {
      yield { path, code: 'invalid_network', message: network.problem };
      continue;
    }
    if (covers(DEVICES, network)) {
      yield {
        path,
        code: 'reserved_network',
        message: `must not be inside ${DEVICES.text}, which is for devices; it is ${route.network}`,
      };
    }
    const key = `${network.text} ${route.virtual_network_id}`;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, route.tunnel_id);
    else {
      const owner = account.tunnels.get(first)?.name ?? first;
      const where = account.virtual_networks.get(route.virtual_network_id)?.name ?? route.virtual_network_id;
      yield {
        path,
        code: 'duplicate_route',
        message: `You already have a route defined for this exact IP subnet: ${network.text} in the virtual network ${JSON.stringify(where)} leads to the tunnel ${JSON.stringify(owner)}`,
      };
    }
  }
};
