import { covers, type Network, parseIp, parseNetwork } from '../addresses.js';
import type { LoadBalancer } from '../objects.js';
import type { Problem } from '../state.types.js';
import type { Check } from './index.js';

/** RFC 1918, RFC 4193 and RFC 6598. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'].map(
  (text) => parseNetwork(text) as Network,
);

/** docs/reference/load-balancing.md 9.1: these addresses belong to the devices of the organisation. */
const DEVICES = parseNetwork('100.96.0.0/12') as Network;

/** The addresses of private load balancers (docs/reference/load-balancing.md 1.1, public and private). */
export const checkPrivateLoadBalancers: Check = function* (account, _before, suspects) {
  let owners: ReadonlyMap<string, readonly LoadBalancer[]> | undefined;
  for (const [id, { address }] of suspects.load_balancers) {
    if (address === undefined) continue;
    const wrong = whyNot(address);
    const path: Problem['path'] = ['load_balancers', id, 'address'];
    if (wrong) yield { path, ...wrong };
    owners ??= byAddress(account.load_balancers);
    // Of two that are both suspected, the later one is told.
    const other = owners.get(address)?.find((owner) => owner.id !== id);
    const isTold = other && (owners.get(address)?.[0]?.id !== id || !suspects.load_balancers.has(other.id));
    if (isTold) {
      const message = `must be unique: ${address} is the address of ${JSON.stringify(other.name)}; give another one, or none to get one of 100.112.0.0/16`;
      yield { path, code: 'not_unique', message };
    }
  }
};

function whyNot(address: string): Pick<Problem, 'code' | 'message'> | undefined {
  const ip = parseIp(address);
  if (!ip) {
    const message = `must be an IP address such as 10.0.0.100; it is ${JSON.stringify(address)}`;
    return { code: 'invalid_address', message };
  }
  if (!PRIVATE.some((network) => covers(network, ip))) {
    const message = `must be private (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, fc00::/7) or of 100.64.0.0/10; it is ${address}`;
    return { code: 'not_private', message };
  }
  if (!covers(DEVICES, ip)) return undefined;
  const message = `must not be inside ${DEVICES.text}, which is for devices; it is ${address}`;
  return { code: 'reserved_network', message };
}

function byAddress(all: ReadonlyMap<string, LoadBalancer>): ReadonlyMap<string, readonly LoadBalancer[]> {
  const owners = new Map<string, LoadBalancer[]>();
  for (const each of all.values()) {
    if (each.address === undefined) continue;
    const same = owners.get(each.address);
    if (same) same.push(each);
    else owners.set(each.address, [each]);
  }
  return owners;
}
