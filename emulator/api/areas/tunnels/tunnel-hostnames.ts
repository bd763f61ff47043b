import * as z from 'zod';
import { fullName } from '../../../state/kinds.js';
import type { AddressType, Origin, Pool, Tunnel, Zone } from '../../../state/objects.js';
import type { AccountSnapshot, Draft, Writable } from '../../../state/state.types.js';
import { tunnelHostname } from '../../../state/tunnel-hostname.js';
import type { Area } from '../../endpoint.js';
import { apiError } from '../../errors.js';
import { type Json, withoutNulls } from '../../merge.js';
import { writable } from '../../shown.js';
import { liveTunnel } from './find.js';
import { refusal } from './refusal.js';

/** What became of an object (docs/reference/api.md 2.6). */
const change = z.enum(['new', 'updated', 'unchanged']);
type Change = z.infer<typeof change>;

const dnsResult = z.object({ cname: change, name: z.string() });
const loadBalancerResult = z.object({ load_balancer: change, pool: change });

/** Where a host name is published: what cloudflared's `route dns` and `route lb` ask for. */
interface Publication {
  readonly draft: Draft;
  readonly zone: Zone;
  readonly tunnel: Tunnel;
  readonly body: Json;
}

/** Of these, a name has either addresses or one CNAME; mail, text and other records of the name stand beside them. */
const LEADING: ReadonlySet<string> = new Set<AddressType>(['A', 'AAAA', 'CNAME']);

/** A proxied CNAME to the tunnel. Another one, or addresses, are replaced only when the caller wants that. */
function routeDns({ draft, zone, tunnel, body }: Publication): z.infer<typeof dnsResult> {
  const name = nameIn(zone, body.user_hostname, 'user_hostname');
  const content = tunnelHostname(tunnel.id);
  const known = [...draft.read().dns_records.values()].filter(
    (record) => record.zone_id === zone.id && record.name === name && LEADING.has(record.type),
  );
  const [first, ...others] = known;
  if (!first) {
    draft.put('dns_records', { zone_id: zone.id, name, type: 'CNAME', content, proxied: true });
    return { cname: 'new', name };
  }
  if (first.type === 'CNAME' && first.content === content && first.proxied) return { cname: 'unchanged', name };
  if (body.overwrite_existing !== true) {
    throw apiError(400, 1003, 'An A, AAAA, or CNAME record with that host already exists.');
  }
  for (const { id } of others) draft.delete('dns_records', id);
  draft.put('dns_records', { ...writable(first), type: 'CNAME', content, proxied: true, id: first.id });
  return { cname: 'updated', name };
}

/** A load balancer of the name, with a pool that has the tunnel as an endpoint; both are made where they are missing. */
function routeLoadBalancer({ draft, zone, tunnel, body }: Publication): z.infer<typeof loadBalancerResult> {
  const name = nameIn(zone, body.lb_name, 'lb_name');
  if (typeof body.lb_pool !== 'string' || body.lb_pool === '') throw apiError(400, 1000, 'lb_pool is required');
  const existing = [...draft.read().load_balancers.values()].find(
    (each) => each.zone_id === zone.id && each.name === name,
  );
  if (existing && !existing.proxied) {
    throw apiError(400, 1004, 'Cannot use tunnel as origin for non-proxied load balancer');
  }
  const { pool, change } = poolWith(tunnel, body.lb_pool, draft);
  if (!existing) {
    const pools = { default_pools: [pool.id], fallback_pool: pool.id };
    draft.put('load_balancers', { zone_id: zone.id, name, proxied: true, ...pools });
    return { load_balancer: 'new', pool: change };
  }
  if (existing.default_pools.includes(pool.id)) return { load_balancer: 'unchanged', pool: change };
  const grown = { ...writable(existing), default_pools: [...existing.default_pools, pool.id], id: existing.id };
  draft.put('load_balancers', withoutNulls(grown) as Writable<'load_balancers'>);
  return { load_balancer: 'updated', pool: change };
}

function poolWith(tunnel: Tunnel, name: string, draft: Draft): { readonly pool: Pool; readonly change: Change } {
  const address = tunnelHostname(tunnel.id);
  const existing = poolNamed(draft.read(), name);
  if (!existing) {
    const pool = draft.put('pools', { name, origins: [{ name: tunnel.name, address }] });
    return { pool, change: 'new' };
  }
  if (existing.origins.some((origin) => origin.address.toLowerCase() === address)) {
    return { pool: existing, change: 'unchanged' };
  }
  const origins: readonly (Origin | Pick<Origin, 'name' | 'address'>)[] = [
    ...existing.origins,
    { name: existing.origins.some((origin) => origin.name === tunnel.name) ? tunnel.id : tunnel.name, address },
  ];
  const grown = { ...writable(existing), origins, id: existing.id };
  return { pool: draft.put('pools', withoutNulls(grown) as Writable<'pools'>), change: 'updated' };
}

function poolNamed(account: AccountSnapshot, name: string): Pool | undefined {
  for (const pool of account.pools.values()) if (pool.name === name) return pool;
  return undefined;
}

/** The complete name: a short one, or one of another zone, is completed with the zone (docs/reference/api.md 2.7). */
function nameIn(zone: Zone, given: unknown, field: string): string {
  if (typeof given !== 'string' || given === '') throw apiError(400, 1000, `${field} is required`);
  return fullName(given.toLowerCase().replace(/\.$/, ''), zone.name);
}

const body = z.discriminatedUnion('type', [
  z.object({ type: z.literal('dns'), user_hostname: z.string(), overwrite_existing: z.boolean().optional() }),
  z.object({ type: z.literal('lb'), lb_name: z.string(), lb_pool: z.string() }),
]);

export const tunnelHostnames: Area = {
  title: 'Host names of tunnels',
  refusal,
  endpoints: (deps) => [
    {
      method: 'PUT',
      path: '/zones/:zone_id/tunnels/:id/routes',
      summary: 'Publish a host name through a tunnel: by a DNS record, or by a load balancer',
      body,
      result: z.union([dnsResult, loadBalancerResult]),
      handle: (call) => {
        const { type } = call.body;
        if (type !== 'dns' && type !== 'lb') throw apiError(400, 1000, 'type must be dns or lb');
        const result = deps.state.transact('api', (draft) => {
          const account = draft.read();
          const tunnel = liveTunnel(account, call, 'cfd_tunnel');
          // The gateway knows that it is there.
          const zone = account.zones.get(call.param('zone_id')) as Zone;
          return (type === 'dns' ? routeDns : routeLoadBalancer)({ draft, zone, tunnel, body: call.body });
        });
        return { result };
      },
    },
  ],
};
