import type { Kind } from '../../state/state.types.js';
import { tunnelHostname, tunnelIdOf } from '../../state/tunnel-hostname.js';
import { isObject } from '../read-account.js';
import type { V4Object } from '../v4-client.js';

/*
 * An object as the API gives it (docs/reference/api.md 2.2 to 2.7), without what the service itself adds, and with
 * absence where older clients write empty texts, lists and null (api.md 2.2). What it means is the same.
 */

const TIMES = ['created_on', 'modified_on', 'created_at', 'updated_at', 'deleted_at', 'disabled_at'];

/** Of each kind, what nobody writes. A tunnel's secret is never given, and would not be taken. */
const READ_ONLY: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  load_balancers: ['zone_name', 'zone_id'],
  dns_records: [
    ...['zone_id', 'zone_name', 'proxiable', 'locked', 'meta', 'settings', 'tags', 'data', 'priority'],
    ...['comment_modified_on', 'tags_modified_on'],
  ],
  pools: ['healthy'],
  tunnels: [
    ...['account_tag', 'connections', 'conns_active_at', 'conns_inactive_at', 'status', 'tun_type', 'remote_config'],
    ...['metadata', 'credentials_file', 'token', 'tunnel_secret'],
  ],
  virtual_networks: ['is_default'],
  routes: ['tunnel_name', 'tun_type', 'virtual_network_name'],
};

export function cleaned(kind: Kind, object: V4Object): V4Object {
  const body = without(object, [...TIMES, ...(READ_ONLY[kind] ?? [])]);
  switch (kind) {
    case 'load_balancers':
      return cleanLoadBalancer(body);
    case 'pools':
      return {
        ...withoutEmpty(body, ['monitor', 'monitor_group', 'check_regions']),
        origins: each(body.origins, cleanOrigin),
      };
    case 'monitors':
      return withoutEmpty(body, ['method', 'path', 'port']);
    case 'monitor_groups':
      return { ...body, members: each(body.members, (member) => without(member, TIMES)) };
    case 'routes':
      return withoutEmpty(body, ['virtual_network_id']);
    default:
      return body;
  }
}

function cleanLoadBalancer(body: V4Object): V4Object {
  const affinity = body.session_affinity;
  const hasAffinity = affinity !== undefined && affinity !== null && affinity !== '' && affinity !== 'none';
  const { session_affinity_ttl: _ttl, session_affinity_attributes: _attributes, ...rest } = body;
  return hasAffinity ? body : rest;
}

function cleanOrigin(origin: V4Object): V4Object {
  const { header, address, ...rest } = withoutEmpty(without(origin, TIMES), ['virtual_network_id', 'port']);
  const tunnelId = typeof address === 'string' ? tunnelIdOf(address) : undefined;
  const hosts = isObject(header) && Array.isArray(header.Host) ? header.Host : [];
  return {
    ...rest,
    address: tunnelId === undefined ? address : tunnelHostname(tunnelId),
    ...(hosts.length === 0 ? {} : { header }),
  };
}

/** cloudflared's document: a rule may come numbered, and the last one with an empty host name (api.md 5.3). */
export function cleanConfiguration(config: V4Object): V4Object {
  const { ingress } = config;
  if (!Array.isArray(ingress)) return config;
  return { ...config, ingress: each(ingress, (rule) => withoutEmpty(without(rule, ['id']), ['hostname', 'path'])) };
}

function without(object: V4Object, keys: readonly string[]): V4Object {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

function withoutEmpty(object: V4Object, keys: readonly string[]): V4Object {
  const isEmpty = (value: unknown) => value === '' || value === null || (Array.isArray(value) && value.length === 0);
  return without(
    object,
    keys.filter((key) => isEmpty(object[key])),
  );
}

function each(list: unknown, clean: (item: V4Object) => V4Object): unknown {
  return Array.isArray(list) ? list.map((item: unknown) => (isObject(item) ? clean(item) : item)) : list;
}
