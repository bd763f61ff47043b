import { DATA_CENTERS } from '../../geo/data-centers.js';
import { type RouteTable, routeTableOf } from '../../network/routes.js';
import { type Address, parseAddress } from '../addresses.js';
import type { Origin, Pool } from '../objects.js';
import { isInZone } from '../schemas/names.js';
import type { AccountSnapshot, Problem } from '../state.types.js';
import type { Check } from './index.js';

/** docs/reference/load-balancing.md 1.2 and 1.3, api.md section 3. */
export const checkPools: Check = function* (account, _before, suspects) {
  const routes = routeTableOf(account.routes);
  const regions = new Set(account.data_centers.map((code) => DATA_CENTERS.get(code)?.region));
  for (const [id, pool] of suspects.pools) {
    const at = ['pools', id];
    yield* checkPlace(pool, at);
    yield* checkWatching(pool, at);
    yield* checkRegionsOnce(pool, at);
    for (const [index, region] of (pool.check_regions ?? []).entries()) {
      if (region === 'ALL_REGIONS' || regions.has(region)) continue;
      yield {
        path: [...at, 'check_regions', index],
        code: 'no_data_center',
        message: `is not possible: no configured data center is in ${region}; add one to data_centers, or leave the region out`,
      };
    }
    yield* checkUnique(pool, at, account.settings.duplicate_addresses === 'allow');
    for (const [index, origin] of pool.origins.entries()) {
      const address = parseAddress(origin.address);
      const where = [...at, 'origins', index];
      if (!address) {
        yield { path: [...where, 'address'], code: 'invalid_address', message: notAnAddress(origin.address) };
        continue;
      }
      yield* checkReachable(origin, address, where, routes);
      yield* checkHostOverride(origin, address, where, account.zones);
    }
  }
};

/** Each region has one vote (docs/reference/load-balancing.md 2.4). */
function* checkRegionsOnce({ check_regions: regions }: Pool, at: readonly string[]): Generator<Problem> {
  for (const [index, region] of (regions ?? []).entries()) {
    const path = [...at, 'check_regions', index];
    if (regions?.indexOf(region) !== index) {
      yield { path, code: 'not_unique', message: `must be unique in check_regions; ${region} is there already` };
    } else if (region === 'ALL_REGIONS' && regions.length > 1) {
      const message = 'cannot stand beside other regions: it means all of them; keep it alone, or leave it out';
      yield { path, code: 'conflict', message };
    }
  }
}

function* checkPlace(pool: Pool, at: readonly string[]): Generator<Problem> {
  if ((pool.latitude === undefined) === (pool.longitude === undefined)) return;
  const [given, missing] = pool.latitude === undefined ? ['longitude', 'latitude'] : ['latitude', 'longitude'];
  yield {
    path: [...at, given],
    code: 'incomplete_place',
    message: `needs ${missing} beside it: latitude and longitude come together or not at all`,
  };
}

/** docs/reference/load-balancing.md 1.2, 2.4; api.md 2.2. */
function* checkWatching(pool: Pool, at: readonly string[]): Generator<Problem> {
  if (pool.monitor !== undefined && pool.monitor_group !== undefined) {
    yield {
      path: [...at, 'monitor_group'],
      code: 'conflict',
      message: 'cannot stand beside monitor: a pool is watched by one monitor or by one group; keep one of them',
    };
  }
  if (pool.health_sources !== null && pool.check_regions === null) {
    yield {
      path: [...at, 'health_sources'],
      code: 'conflict',
      message: 'needs check_regions: without them no region decides; list the regions, or ALL_REGIONS',
    };
  }
}

/**
 * Inside one pool a name and an address stand once, whatever port or virtual network (reference 1.3 and the ruling
 * in section 14); one tunnel is one address.
 */
function* checkUnique(pool: Pool, at: readonly string[], duplicatesAllowed: boolean): Generator<Problem> {
  const names = new Set<string>();
  const addresses = new Map<string, string>();
  for (const [index, origin] of pool.origins.entries()) {
    if (names.has(origin.name)) {
      yield {
        path: [...at, 'origins', index, 'name'],
        code: 'not_unique',
        message: `must be unique in the pool; ${JSON.stringify(origin.name)} is there already`,
      };
    }
    names.add(origin.name);
    const address = parseAddress(origin.address);
    if (!address || duplicatesAllowed) continue;
    const first = addresses.get(address.key);
    if (first === undefined) addresses.set(address.key, origin.name);
    else {
      const what = address.kind === 'tunnel' ? 'tunnel' : 'address';
      yield {
        path: [...at, 'origins', index, 'address'],
        code: 'duplicate_address',
        message: `is the ${what} of ${JSON.stringify(first)} already: a pool holds ${what === 'tunnel' ? 'a tunnel' : 'an address'} once, even with another port or virtual network; use another pool, or set settings.duplicate_addresses: allow`,
      };
    }
  }
}

function notAnAddress(text: string): string {
  const must = 'must be an IP address, a host name or <tunnel UUID>.cfargotunnel.com';
  const is = `it is ${JSON.stringify(text)}`;
  if (text.includes('://')) return `${must}, without a scheme or path; ${is}`;
  if (/^\[.*\](:\d+)?$|^[^:]+:\d+$/.test(text)) return `${must}; ${is}; a port goes into port`;
  return `${must}; ${is}`;
}

/** Nothing can be sent to these. */
const NOT_AN_ENDPOINT: ReadonlySet<string> = new Set(['unspecified', 'multicast', 'broadcast']);

function* checkReachable(
  origin: Origin,
  address: Address,
  where: Problem['path'],
  routes: RouteTable,
): Generator<Problem> {
  if (address.kind === 'ip' && NOT_AN_ENDPOINT.has(address.ip.range())) {
    yield {
      path: [...where, 'address'],
      code: 'invalid_address',
      message: `must be the address of one host; ${origin.address} is ${address.ip.range()}`,
    };
  }
  if (origin.virtual_network_id === undefined) return;
  if (address.kind !== 'ip') {
    yield {
      path: [...where, 'virtual_network_id'],
      code: 'invalid_address',
      message: `needs an IP address: a virtual network has no names; the address is ${JSON.stringify(origin.address)}`,
    };
    return;
  }
  if (routes.lookup(origin.virtual_network_id, address.key)) return;
  yield {
    path: [...where, 'virtual_network_id'],
    code: 'uncovered_address',
    message: `virtual_network_id does not belong to tunnel route that covers origin IP; add a route for ${origin.address} in this virtual network to a tunnel`,
  };
}

/** Whether the Host resolves to the address as well cannot be asked here: reference 1.3 in its offline form. */
function* checkHostOverride(
  origin: Origin,
  address: Address,
  where: Problem['path'],
  zones: AccountSnapshot['zones'],
): Generator<Problem> {
  const host = origin.header?.Host[0]?.toLowerCase();
  if (host === undefined || host === address.key) return;
  for (const { name } of zones.values()) if (isInZone(host, name)) return;
  yield {
    path: [...where, 'header', 'Host', 0],
    code: 'host_not_allowed',
    message: `Host header ${JSON.stringify(host)} not allowed for origin domain ${JSON.stringify(origin.address)}; it must be in a zone of the account or equal the address`,
  };
}
