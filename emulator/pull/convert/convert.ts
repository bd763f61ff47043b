import type * as z from 'zod';
import {
  asWritten,
  type LeftOut,
  type WrittenAccount,
  type WrittenKind,
  type WrittenObjects,
} from '../../config/index.js';
import { parseAddress } from '../../state/addresses.js';
import { problemsOf } from '../../state/issues.js';
import { SCHEMAS } from '../../state/schemas/index.js';
import { settingsSchema } from '../../state/schemas/settings.js';
import type { Kind } from '../../state/state.types.js';
import { isObject, type V4Account, type V4Zone, ZONE_SETTINGS } from '../read-account.js';
import type { V4Object } from '../v4-client.js';
import { cleanConfiguration, cleaned } from './cleaned.js';
import { dataCentersFor, inKnownPlaces } from './places.js';

export interface Converted {
  readonly account: WrittenAccount;
  /** What the account has and this one cannot have. Paths are those of the file that {@link account} is written to. */
  readonly leftOut: readonly LeftOut[];
}

type ObjectsOf<K extends WrittenKind> = WrittenObjects[K];

/** An account of the v4 API as one of ours. Pure: the same objects give the same account. */
export function convertAccount(from: V4Account): Converted {
  const leftOut: LeftOut[] = [];
  const leave = (each: LeftOut): void => void leftOut.push(each);

  /** The objects of one kind that can be read, in the order of their names. `at` is where the file has them. */
  function all<K extends WrittenKind>(kind: K, given: readonly V4Object[], at: LeftOut['path']): ObjectsOf<K> {
    const objects: { readonly id: string }[] = [];
    for (const object of [...given].sort(byName)) {
      if (object.deleted_at) continue;
      const here = [...at, objects.length];
      const read = readObject(kind, object, here);
      if ('object' in read) {
        leftOut.push(...read.leftOut);
        objects.push(read.object);
      } else leave({ path: at, message: `has no ${JSON.stringify(nameOf(object))}: ${read.problem}` });
    }
    return objects as unknown as ObjectsOf<K>;
  }

  const zones = all('zones', from.zones.map(asZone), ['zones']);
  const loadBalancers: ObjectsOf<'load_balancers'>[number][] = [];
  const dnsRecords: ObjectsOf<'dns_records'>[number][] = [];
  for (const [index, zone] of zones.entries()) {
    const of = from.zones.find(({ zone: { id } }) => id === zone.id);
    if (!of) continue;
    const at = ['zones', index];
    for (const setting of ZONE_SETTINGS) {
      if (of.settings[setting] === undefined) {
        leave({ path: [...at, 'settings', setting], message: 'could not be read; its default is used' });
      }
    }
    const inZone = (object: V4Object) => ({ ...object, zone_id: zone.id });
    const balancing = all('load_balancers', of.loadBalancers.map(inZone), [...at, 'load_balancers']);
    for (const [position, each] of balancing.entries()) {
      const where = [...at, 'load_balancers', position];
      loadBalancers.push(inKnownPlaces(each, ({ path, message }) => leave({ path: [...where, ...path], message })));
    }
    const records = of.dnsRecords.filter(({ proxied, type }) => proxied === true && HOST_TYPES.has(`${type}`));
    dnsRecords.push(...all('dns_records', records.map(inZone), [...at, 'dns_records']));
  }

  const own = from.accountLoadBalancers.map((object) => ({ ...object, zone_id: '' }));
  const privately = ['private_load_balancers'];
  for (const [index, each] of all('load_balancers', own, privately).entries()) {
    const where = [...privately, index];
    loadBalancers.push(inKnownPlaces(each, ({ path, message }) => leave({ path: [...where, ...path], message })));
  }

  const monitors = all('monitors', from.monitors, ['monitors']).map((monitor, index) => {
    const { probe_zone = '', ...rest } = monitor;
    if (probe_zone === '' || zones.some(({ name }) => name === probe_zone.toLowerCase())) return monitor;
    leave({
      path: ['monitors', index, 'probe_zone'],
      message: `is not among the zones: ${JSON.stringify(probe_zone)}`,
    });
    return rest as typeof monitor;
  });
  const groups = all('monitor_groups', from.monitorGroups, ['monitor_groups']);
  const pools = all('pools', from.pools, ['pools']).map((pool, index) => {
    const { monitor, monitor_group, ...rest } = pool;
    const watched = (key: 'monitor' | 'monitor_group', id: string | undefined, of: readonly { id: string }[]) => {
      if (id === undefined) return {};
      if (of.some((each) => each.id === id)) return { [key]: id };
      leave({ path: ['pools', index, key], message: `is not there: ${id}` });
      return {};
    };
    return {
      ...rest,
      ...watched('monitor', monitor, monitors),
      ...watched('monitor_group', monitor_group, groups),
    } as typeof pool;
  });

  const tunnels = all(
    'tunnels',
    from.tunnels.map(({ tunnel }) => tunnel),
    ['tunnels'],
  );
  const configurations: ObjectsOf<'configurations'>[number][] = [];
  const routes: ObjectsOf<'routes'>[number][] = [];
  for (const [index, { id }] of tunnels.entries()) {
    const config = from.tunnels.find(({ tunnel }) => tunnel.id === id)?.config;
    if (isObject(config)) {
      const read = readObject('configurations', { id, config: cleanConfiguration(config) }, ['tunnels', index]);
      if ('object' in read) {
        leftOut.push(...read.leftOut);
        configurations.push(read.object as unknown as ObjectsOf<'configurations'>[number]);
      } else leave({ path: ['tunnels', index, 'config'], message: `has problems: ${read.problem}` });
    }
    const own = from.routes.filter(({ tunnel_id }) => tunnel_id === id);
    routes.push(...all('routes', own, ['tunnels', index, 'routes']));
  }
  leaveOthers(from, new Set(tunnels.map(({ id }) => id)), leave);

  const account: WrittenAccount = {
    account: { id: from.id, name: from.name ?? 'local' },
    settings: settingsSchema.parse({ duplicate_addresses: hasDuplicates(pools) ? 'allow' : 'refuse' }),
    data_centers: dataCentersFor(loadBalancers),
    clients: [],
    locations: [],
    access: { users: [], policies: [] },
    objects: {
      zones,
      load_balancers: loadBalancers,
      dns_records: dnsRecords,
      pools,
      monitors,
      monitor_groups: groups,
      tunnels,
      configurations,
      virtual_networks: all('virtual_networks', from.virtualNetworks, ['virtual_networks']),
      routes,
      // The applications of an account need a listener here, which it cannot say.
      spectrum: [],
      faults: [],
    },
  };
  return { account, leftOut };
}

/** Types of records that lead to a host. */
const HOST_TYPES: ReadonlySet<string> = new Set(['A', 'AAAA', 'CNAME']);

type ReadObject =
  | { readonly object: { readonly id: string }; readonly leftOut: readonly LeftOut[] }
  | { readonly problem: string };

/** What the schema can read of an object; or why it can read nothing. */
function readObject(kind: Kind, given: V4Object, at: LeftOut['path']): ReadObject {
  const { id, ...body } = cleaned(kind, given);
  if (typeof id !== 'string') return { problem: 'it has no id' };
  const schema: z.ZodType = SCHEMAS[kind];
  const { value, leftOut } = asWritten(schema, body);
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const [problem] = problemsOf(parsed.error.issues, value, []);
    return { problem: problem ? `${problem.path.join('.')} ${problem.message}` : 'it cannot be read' };
  }
  return {
    object: { ...(parsed.data as object), id },
    leftOut: leftOut.map(({ path, message }) => ({ path: [...at, ...path], message })),
  };
}

function asZone({ zone: { id, name }, settings: { ssl, always_use_https } }: V4Zone): V4Object {
  const https = always_use_https === undefined ? {} : { always_use_https: always_use_https === 'on' };
  return { id, name, settings: { ...(ssl === undefined ? {} : { ssl }), ...https } };
}

/** What has no place in the file. */
function leaveOthers(from: V4Account, tunnels: ReadonlySet<unknown>, leave: (leftOut: LeftOut) => void): void {
  for (const route of from.routes) {
    if (route.deleted_at || tunnels.has(route.tunnel_id)) continue;
    const message = `have no place for the route ${JSON.stringify(route.network)}, whose tunnel (${route.tunnel_id}) is not of cloudflared`;
    leave({ path: ['tunnels'], message });
  }
  for (const { hostname, tunnel_id } of from.hostnameRoutes) {
    const message = `have no place for the hostname route ${JSON.stringify(hostname)} to ${tunnel_id}`;
    leave({ path: ['tunnels'], message });
  }
}

/** docs/reference/api.md 2.2: the service may be laxer than its documentation. */
function hasDuplicates(pools: ObjectsOf<'pools'>): boolean {
  return pools.some(({ origins }) => {
    const keys = origins.map(({ address }) => parseAddress(address)?.key ?? address);
    return new Set(keys).size < keys.length;
  });
}

function nameOf({ name, description, network, id }: V4Object): string {
  return `${name || description || network || id}`;
}

function byName(a: V4Object, b: V4Object): number {
  const [one, other] = [nameOf(a), nameOf(b)];
  return one < other ? -1 : one > other ? 1 : 0;
}
