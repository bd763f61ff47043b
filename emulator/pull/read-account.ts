import { pullForbidden, pullNotFound, pullRefused, pullZoneUnknown } from './errors.js';
import type { V4Call, V4Client, V4Object } from './v4-client.js';

/** What was read of an account: objects as the API gives them (docs/reference/api.md 2.2 to 2.7). */
export interface V4Account {
  readonly id: string;
  /** Absent when the token may not read it. */
  readonly name?: string;
  readonly zones: readonly V4Zone[];
  readonly pools: readonly V4Object[];
  readonly monitors: readonly V4Object[];
  readonly monitorGroups: readonly V4Object[];
  /** Load balancers that belong to no zone. */
  readonly accountLoadBalancers: readonly V4Object[];
  readonly tunnels: readonly V4Tunnel[];
  readonly routes: readonly V4Object[];
  readonly virtualNetworks: readonly V4Object[];
  readonly hostnameRoutes: readonly V4Object[];
}

export interface V4Zone {
  readonly zone: V4Object;
  readonly loadBalancers: readonly V4Object[];
  /** Proxied ones. */
  readonly dnsRecords: readonly V4Object[];
  /** Values of the settings that could be read. */
  readonly settings: Readonly<Partial<Record<ZoneSetting, unknown>>>;
}

export interface V4Tunnel {
  readonly tunnel: V4Object;
  /** The `config` that the API keeps for it; absent when it has none. */
  readonly config?: unknown;
}

/** The settings that decide how a request reaches an origin. */
export const ZONE_SETTINGS = ['ssl', 'always_use_https'] as const;
type ZoneSetting = (typeof ZONE_SETTINGS)[number];

const ACCOUNT = 'Account Settings Read';
const ZONE = 'Zone Read';
const ZONE_SETTING = 'Zone Settings Read';
const DNS = 'DNS Read';
const LOAD_BALANCERS = 'Load Balancers Read';
const POOLS = 'Load Balancing: Monitors And Pools Read';
const TUNNELS = 'Cloudflare Tunnel Read';

/**
 * Reads all that concerns load balancing and tunnels.
 *
 * @param zoneNames only these zones; empty: all of the account
 * @throws the errors of ./errors.ts
 */
export async function readAccount(client: V4Client, id: string, zoneNames: readonly string[]): Promise<V4Account> {
  const at = `/accounts/${id}`;
  const balancing = `${at}/load_balancers`;
  const live = { is_deleted: 'false' };
  const account = await unless(isNotForAll, client.one({ path: at, permission: ACCOUNT }), undefined);
  const name = isObject(account) && typeof account.name === 'string' ? { name: account.name } : {};
  return {
    id,
    ...name,
    zones: await readZones(client, id, zoneNames),
    pools: await client.whole({ path: `${balancing}/pools`, permission: POOLS }),
    monitors: await client.whole({ path: `${balancing}/monitors`, permission: POOLS }),
    monitorGroups: await optional(client.whole({ path: `${balancing}/monitor_groups`, permission: POOLS })),
    accountLoadBalancers: await optional(client.whole({ path: balancing, permission: LOAD_BALANCERS })),
    tunnels: await readTunnels(client, at),
    routes: await client.paged({ path: `${at}/teamnet/routes`, query: live, permission: TUNNELS }),
    virtualNetworks: await client.whole({
      path: `${at}/teamnet/virtual_networks`,
      query: live,
      permission: TUNNELS,
    }),
    hostnameRoutes: await optional(
      client.paged({ path: `${at}/zerotrust/routes/hostname`, query: live, permission: TUNNELS }),
    ),
  };
}

async function readZones(client: V4Client, accountId: string, names: readonly string[]): Promise<V4Zone[]> {
  const query = { 'account.id': accountId };
  const all = await client.paged({ path: '/zones', query, permission: ZONE });
  for (const name of names) {
    if (!all.some((zone) => zone.name === name))
      throw pullZoneUnknown({ name, known: all.map((zone) => `${zone.name}`) });
  }
  const zones: V4Zone[] = [];
  for (const zone of all) {
    if (names.length > 0 && !names.includes(`${zone.name}`)) continue;
    const at = `/zones/${zone.id}`;
    zones.push({
      zone,
      loadBalancers: await unless(
        isNotEnabled,
        client.whole({ path: `${at}/load_balancers`, permission: LOAD_BALANCERS }),
        [],
      ),
      dnsRecords: await client.paged({ path: `${at}/dns_records`, query: { proxied: 'true' }, permission: DNS }),
      settings: await readSettings(client, at),
    });
  }
  return zones;
}

async function readSettings(client: V4Client, zone: string): Promise<V4Zone['settings']> {
  const settings: Partial<Record<ZoneSetting, unknown>> = {};
  for (const name of ZONE_SETTINGS) {
    const call: V4Call = { path: `${zone}/settings/${name}`, permission: ZONE_SETTING };
    const read = await unless(isNotForAll, client.one(call), undefined);
    if (isObject(read)) settings[name] = read.value;
  }
  return settings;
}

async function readTunnels(client: V4Client, account: string): Promise<V4Tunnel[]> {
  const path = `${account}/cfd_tunnel`;
  const tunnels: V4Tunnel[] = [];
  for (const tunnel of await client.paged({ path, query: { is_deleted: 'false' }, permission: TUNNELS })) {
    // What a connector reports of its own file is not the account's (api.md 5.3).
    if (tunnel.deleted_at || tunnel.config_src === 'local') {
      if (!tunnel.deleted_at) tunnels.push({ tunnel });
      continue;
    }
    const call: V4Call = { path: `${path}/${tunnel.id}/configurations`, permission: TUNNELS };
    const read = await unless(pullNotFound.is, client.one(call), undefined);
    const has = isObject(read) && read.source !== 'local' && isObject(read.config);
    tunnels.push(has ? { tunnel, config: read.config } : { tunnel });
  }
  return tunnels;
}

/** Not every service has it, and not every token may read it. */
function isNotForAll(error: unknown): boolean {
  return pullNotFound.is(error) || pullForbidden.is(error) || pullRefused.is(error);
}

/** docs/reference/api.md section 3: a zone without load balancing says so. */
function isNotEnabled(error: unknown): boolean {
  return pullRefused.is(error) && /not enabled/i.test(error.message);
}

function optional(reading: Promise<readonly V4Object[]>): Promise<readonly V4Object[]> {
  return unless(isNotForAll, reading, []);
}

async function unless<T>(tolerated: (error: unknown) => boolean, reading: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (tolerated(error)) return otherwise;
    throw error;
  }
}

export function isObject(value: unknown): value is V4Object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
