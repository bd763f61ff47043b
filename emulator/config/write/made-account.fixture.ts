import { derivedHex32 } from '../../../runtime/ids.js';
import type { Access, AccessPolicy } from '../../state/objects.js';
import { createState } from '../../state/state.js';
import type { AccountSnapshot, Draft, ObjectOf, Writable } from '../../state/state.types.js';
import type { Drawn } from './drawn-account.fixture.js';

type Kinds = Parameters<Draft['put']>[0];

/** Puts everything that was drawn through the state, as clients would. */
export function made(drawn: Drawn): AccountSnapshot {
  const own = { id: derivedHex32(drawn.name), name: drawn.name, api_token: 't'.repeat(40) };
  const state = createState({ clock: { now: () => 5 }, account: own });
  state.transact('api', (draft) => {
    const put = <K extends Kinds>(kind: K, object: object): ObjectOf<K> => draft.put(kind, object as Writable<K>);
    const one = <T extends { readonly id: string }>(of: ReadonlyMap<string, T>, number: number): T | undefined =>
      [...of.values()][number % Math.max(1, of.size)];
    const base = draft.read();
    draft.assign({
      settings: {
        ...base.settings,
        route_header: drawn.route_header,
        record: drawn.record,
        timeouts: { ...base.settings.timeouts, ...drawn.timeouts },
      },
      data_centers: drawn.data_centers.includes('LHR') ? drawn.data_centers : [...drawn.data_centers, 'LHR'],
      clients: drawn.clients,
    });
    for (const { ssl, id, name } of drawn.zones) put('zones', { id, name: `${name}.example.com`, settings: { ssl } });
    for (const each of drawn.monitors) put('monitors', each);
    const monitors = draft.read().monitors;
    for (const { members, ...each } of drawn.groups) {
      const ids = new Map(members.map(({ pick: number, ...part }) => [one(monitors, number)?.id, part]));
      ids.delete(undefined);
      if (ids.size === 0) continue;
      put('monitor_groups', {
        ...each,
        members: [...ids].map(([monitor_id, part]) => ({ monitor_id, monitoring_only: false, ...part })),
      });
    }
    for (const each of drawn.networks) if (each.name !== 'default') put('virtual_networks', each);
    const chosen = one(draft.read().virtual_networks, drawn.defaultNetwork);
    put('virtual_networks', { ...chosen, is_default_network: true });
    const networks = draft.read().virtual_networks;
    draft.assign({ access: accessOf(drawn, [...networks.keys()]) });
    const taken = new Set<string>();
    for (const { config, routes, ...each } of drawn.tunnels) {
      put('tunnels', each);
      if (config) put('configurations', { id: each.id, config });
      for (const { id, block, pick: number, comment } of routes) {
        const virtual_network_id = one(networks, number)?.id;
        if (taken.has(`${block} ${virtual_network_id}`)) continue;
        taken.add(`${block} ${virtual_network_id}`);
        put('routes', { id, network: `10.${block}.0.0/16`, tunnel_id: each.id, virtual_network_id, comment });
      }
    }
    const { tunnels, routes } = draft.read();
    for (const { origins, watched, pick: number, place, ...each } of drawn.pools) {
      const groups = draft.read().monitor_groups;
      const monitorId = one(monitors, number)?.id;
      const groupId = one(groups, number)?.id;
      const addresses = new Set<string>();
      const written = origins.flatMap(({ to, kind, pick: which, host, ...rest }, index) => {
        const route = one(routes, which);
        const tunnelId = kind === 'tunnel' ? one(tunnels, which)?.id : undefined;
        const address =
          tunnelId !== undefined
            ? `${tunnelId}.cfargotunnel.com`
            : kind === 'host'
              ? `host-${to}.example.net`
              : kind === 'foreign tunnel'
                ? '99999999-9999-4999-8999-999999999999.cfargotunnel.com'
                : route && which > 4
                  ? `${route.network.slice(0, -4)}${index + 1}`
                  : `192.0.2.${to}`;
        if (addresses.has(address)) return [];
        addresses.add(address);
        return [
          {
            ...rest,
            address,
            ...(address.startsWith('10.') ? { virtual_network_id: route?.virtual_network_id } : {}),
            ...(host && kind === 'host' ? { header: { Host: [address] } } : {}),
          },
        ];
      });
      put('pools', {
        ...each,
        origins: written,
        ...(watched === 'monitor' && monitorId ? { monitor: monitorId } : {}),
        ...(watched === 'group' && groupId ? { monitor_group: groupId } : {}),
        ...(place ? { latitude: place[0], longitude: place[1] } : {}),
      });
    }
    const { pools } = draft.read();
    const ids = (numbers: readonly number[]) => numbers.flatMap((number) => one(pools, number)?.id ?? []);
    const maps = (by: Record<string, number[]>) =>
      Object.fromEntries(Object.entries(by).map(([code, of]) => [code, ids(of)]));
    for (const zone of drawn.zones) {
      for (const [index, { name, of, content, proxied, ...each }] of zone.records.entries()) {
        put('dns_records', {
          ...each,
          ...(of.type === 'A' ? { type: 'A', content: `192.0.2.${content}` } : of),
          zone_id: zone.id,
          // A CNAME stands alone.
          name: `${name}-${index}.${zone.name}.example.com`,
          proxied: proxied && ['A', 'AAAA', 'CNAME'].includes(of.type),
        });
      }
      if (pools.size === 0) continue;
      for (const {
        name,
        pools: own,
        fallback,
        byPop,
        byCountry,
        weights,
        drain,
        rules,
        set,
        session_affinity_ttl,
        ...each
      } of zone.loadBalancers) {
        const headers = each.session_affinity === 'header' ? { headers: ['X-User', 'cookie:a,b'] } : {};
        put('load_balancers', {
          ...each,
          zone_id: zone.id,
          name: `${name}.${zone.name}.example.com`,
          default_pools: ids(own),
          fallback_pool: ids([fallback])[0],
          pop_pools: maps(byPop),
          country_pools: maps(byCountry),
          random_steering: weights && {
            default_weight: weights.default_weight,
            pool_weights: Object.fromEntries(weights.weights.map(([number, of]) => [ids([number])[0], of])),
          },
          ...(session_affinity_ttl === undefined ? {} : { session_affinity_ttl }),
          session_affinity_attributes: { ...headers, ...(drain === undefined ? {} : { drain_duration: drain }) },
          rules: rules.map(({ answer, pools: list, ttl, affinity, ...rest }) => ({
            ...rest,
            ...(answer
              ? { fixed_response: answer }
              : {
                  overrides: {
                    ...(list ? { pools: ids(list) } : {}),
                    ...(ttl === undefined ? {} : { ttl }),
                    ...(affinity === undefined || each.session_affinity === 'header'
                      ? {}
                      : { session_affinity: affinity }),
                  },
                }),
          })),
          ...(set ? { pool_sets: [{ name: set.name, overrides: { pools: [...new Set(ids(set.pools))] } }] } : {}),
        });
      }
    }
    const balancers = [...draft.read().load_balancers.values()].filter(({ zone_id }) => zone_id !== '');
    const ports = new Set<number>();
    for (const { loadBalancer, port, hasName, ...each } of drawn.applications) {
      const balancer = balancers[loadBalancer % Math.max(1, balancers.length)];
      if (!balancer || ports.has(port)) continue;
      if (port !== 0) ports.add(port);
      put('spectrum', {
        ...each,
        id: derivedHex32(own.id, 'spectrum', each.name),
        listen: `127.0.0.1:${port}`,
        load_balancer_id: balancer.id,
        ...(hasName ? { dns: { name: `in.${draft.read().zones.get(balancer.zone_id)?.name}` } } : {}),
      });
    }
    for (const { header, ...each } of drawn.faults) {
      put('faults', {
        ...each,
        id: derivedHex32(own.id, 'faults', each.name),
        type: 'origin_status',
        match: { header },
      });
    }
  });
  return state.read();
}

/** What policies name is what is there; where it is nothing they do not name it. */
function accessOf({ users, policies }: Drawn, networks: readonly string[]): Access {
  const emails = users.map(({ email }) => email);
  const groups = users.flatMap((each) => each.groups);
  const named = (of: readonly string[], numbers: readonly number[]): readonly string[] | undefined => {
    const names = new Set(numbers.flatMap((number) => of[number % Math.max(1, of.length)] ?? []));
    return names.size === 0 ? undefined : [...names];
  };
  return {
    users,
    policies: policies.map(({ networks: numbers, ...each }) =>
      withoutUndefined({
        ...each,
        users: named(emails, each.users),
        groups: named(groups, each.groups),
        virtual_networks: named(networks, numbers),
      }),
    ),
  };
}

function withoutUndefined(policy: object): AccessPolicy {
  return Object.fromEntries(
    Object.entries(policy).filter(([, value]) => value !== undefined),
  ) as unknown as AccessPolicy;
}
