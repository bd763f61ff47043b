import { poolReferences } from '../pool-references.js';
import type { AccountSnapshot, Collections, Kind, Problem } from '../state.types.js';
import type { Check } from './index.js';

const NOUNS: Readonly<Record<Kind, string>> = {
  zones: 'zone',
  load_balancers: 'load balancer',
  dns_records: 'DNS record',
  pools: 'pool',
  monitors: 'monitor',
  monitor_groups: 'monitor group',
  tunnels: 'tunnel',
  configurations: 'tunnel configuration',
  virtual_networks: 'virtual network',
  routes: 'route',
  hostname_routes: 'hostname route',
  spectrum: 'Spectrum application',
  faults: 'fault',
};

interface Reference {
  readonly from: Problem['path'];
  /** Who refers, for people. */
  readonly by: string;
  readonly kind: Kind;
  readonly id: string;
}

/**
 * What is referred to exists. Taking away what is in use is refused
 * (docs/reference/api.md section 3: "This object is referenced by other objects, delete them first.").
 */
export const checkReferences: Check = function* (account, before, suspects) {
  const inUse = new Set<string>();
  // The policies are few, and no objects: they are looked at whatever changed.
  for (const reference of [...referencesOf(suspects), ...policyReferences(account)]) {
    const { kind, id } = reference;
    if (account[kind].has(id)) continue;
    if (!before[kind].has(id)) {
      yield {
        path: reference.from,
        code: 'unknown_reference',
        message: `must be the id of a ${NOUNS[kind]}; there is none with the id ${JSON.stringify(id)}`,
      };
    } else if (!inUse.has(`${kind}/${id}`)) {
      inUse.add(`${kind}/${id}`);
      yield {
        path: [kind, id],
        code: 'referenced',
        message: `cannot be deleted: ${nameOf(before, kind, id)} is used by ${reference.by}. This object is referenced by other objects, delete them first.`,
      };
    }
  }
};

/** Every reference that these objects make. `from` begins with kind and id. */
export function* referencesOf(objects: Collections): Generator<Reference> {
  for (const [id, loadBalancer] of objects.load_balancers) {
    const by = `the load balancer ${JSON.stringify(loadBalancer.name)}`;
    if (loadBalancer.zone_id !== '') {
      yield { from: ['load_balancers', id, 'zone_id'], by, kind: 'zones', id: loadBalancer.zone_id };
    }
    for (const { path, pool } of poolReferences(loadBalancer)) {
      yield { from: ['load_balancers', id, ...path], by, kind: 'pools', id: pool };
    }
  }
  for (const [id, { name, zone_id }] of objects.dns_records) {
    yield {
      from: ['dns_records', id, 'zone_id'],
      by: `the DNS record ${JSON.stringify(name)}`,
      kind: 'zones',
      id: zone_id,
    };
  }
  for (const [id, { description, members }] of objects.monitor_groups) {
    const by = `the monitor group ${JSON.stringify(description || id)}`;
    for (const [index, { monitor_id }] of members.entries()) {
      yield { from: ['monitor_groups', id, 'members', index, 'monitor_id'], by, kind: 'monitors', id: monitor_id };
    }
  }
  for (const [id, { name, monitor, monitor_group, origins }] of objects.pools) {
    const by = `the pool ${JSON.stringify(name)}`;
    if (monitor !== undefined) yield { from: ['pools', id, 'monitor'], by, kind: 'monitors', id: monitor };
    if (monitor_group !== undefined) {
      yield { from: ['pools', id, 'monitor_group'], by, kind: 'monitor_groups', id: monitor_group };
    }
    for (const [index, { virtual_network_id }] of origins.entries()) {
      if (virtual_network_id === undefined) continue;
      const from = ['pools', id, 'origins', index, 'virtual_network_id'];
      yield { from, by, kind: 'virtual_networks', id: virtual_network_id };
    }
  }
  for (const id of objects.configurations.keys()) {
    yield { from: ['configurations', id], by: 'its configuration', kind: 'tunnels', id };
  }
  for (const [id, { network, tunnel_id, virtual_network_id }] of objects.routes) {
    const by = `the route ${network}`;
    yield { from: ['routes', id, 'tunnel_id'], by, kind: 'tunnels', id: tunnel_id };
    yield { from: ['routes', id, 'virtual_network_id'], by, kind: 'virtual_networks', id: virtual_network_id };
  }
  for (const [id, { hostname, tunnel_id }] of objects.hostname_routes) {
    const by = `the hostname route ${hostname}`;
    yield { from: ['hostname_routes', id, 'tunnel_id'], by, kind: 'tunnels', id: tunnel_id };
  }
  for (const [id, { name, load_balancer_id }] of objects.spectrum) {
    const by = `the Spectrum application ${JSON.stringify(name)}`;
    yield { from: ['spectrum', id, 'load_balancer_id'], by, kind: 'load_balancers', id: load_balancer_id };
  }
}

function* policyReferences({ access }: AccountSnapshot): Generator<Reference> {
  for (const [index, { name, virtual_networks = [] }] of access.policies.entries()) {
    const by = `the policy ${JSON.stringify(name)}`;
    for (const [place, id] of virtual_networks.entries()) {
      const from = ['access', 'policies', index, 'virtual_networks', place];
      yield { from, by, kind: 'virtual_networks', id };
    }
  }
}

function nameOf(account: AccountSnapshot, kind: Kind, id: string): string {
  const object = account[kind].get(id);
  const name = object && 'name' in object ? object.name : object && 'description' in object && object.description;
  return `the ${NOUNS[kind]} ${name ? JSON.stringify(name) : id}`;
}
