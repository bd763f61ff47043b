import { type ListenAddress, overlap } from '../../../runtime/listen-address.js';
import { parseListenAddress } from '../listen-address.js';
import type { SpectrumApplication } from '../objects.js';
import { isInZone } from '../schemas/names.js';
import type { AccountSnapshot, Problem } from '../state.types.js';
import type { Check } from './index.js';

/** Spectrum applications: a load balancer of a zone, a host name unlike its own (docs/reference/load-balancing.md 9.4), and an address each. */
export const checkSpectrum: Check = function* (account, _before, suspects) {
  if (suspects.spectrum.size === 0) return;
  const owners = byPort(account.spectrum);
  for (const [id, application] of suspects.spectrum) {
    yield* checkOrigin(id, application, account);
    const wanted = parseListenAddress(application.listen);
    if (!wanted) continue;
    const same = (owners.get(wanted.port) ?? []).filter(({ address }) => overlap(address, wanted));
    const [first] = same;
    // Of two that are both suspected, the later one is told.
    const other = first?.id === id ? same.find((each) => !suspects.spectrum.has(each.id)) : first;
    if (!other) continue;
    const message = `must be unique: the application ${JSON.stringify(other.name)} listens at ${other.listen} already; choose another port, or 0 for any free one`;
    yield { path: ['spectrum', id, 'listen'], code: 'not_unique', message };
  }
};

function* checkOrigin(
  id: string,
  { load_balancer_id, dns }: SpectrumApplication,
  account: AccountSnapshot,
): Generator<Problem> {
  const loadBalancer = account.load_balancers.get(load_balancer_id);
  // One that is not there is told of with the references.
  if (!loadBalancer) return;
  if (loadBalancer.zone_id === '') {
    const message = `must be a load balancer of a zone; ${JSON.stringify(loadBalancer.name)} is private, and reached from the on-ramp`;
    yield { path: ['spectrum', id, 'load_balancer_id'], code: 'private_load_balancer', message };
    return;
  }
  if (!dns) return;
  const path: Problem['path'] = ['spectrum', id, 'dns', 'name'];
  const zone = account.zones.get(loadBalancer.zone_id)?.name;
  if (dns.name === loadBalancer.name) {
    const message = `must differ from the name of its load balancer; it is ${dns.name}, which the load balancer has. Give the application a name of its own, such as in.${dns.name}`;
    yield { path, code: 'same_name', message };
  } else if (zone !== undefined && !isInZone(dns.name, zone)) {
    const message = `must be inside the zone of its load balancer, ${zone}; it is ${dns.name}`;
    yield { path, code: 'not_in_zone', message };
  }
}

interface Owner {
  readonly id: string;
  readonly name: string;
  readonly listen: string;
  readonly address: ListenAddress;
}

function byPort(all: ReadonlyMap<string, SpectrumApplication>): ReadonlyMap<number, readonly Owner[]> {
  const owners = new Map<number, Owner[]>();
  for (const { id, name, listen } of all.values()) {
    const address = parseListenAddress(listen);
    if (!address) continue;
    const owner = { id, name, listen, address };
    const same = owners.get(address.port);
    if (same) same.push(owner);
    else owners.set(address.port, [owner]);
  }
  return owners;
}
