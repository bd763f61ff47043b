import { parseAddress } from '../state/addresses.js';
import type { Problem } from '../state/state.types.js';
import type { ConfigFile } from './schema.js';
import type { Sections } from './sections.js';

type Pool = ConfigFile['pools'][number];
type Origin = Pool['origins'][number];
type Monitor = ConfigFile['monitors'][number];

/** Below it Cloudflare asks for an Enterprise plan (docs/reference/load-balancing.md 11, 13). Seconds. */
const COMMON_INTERVAL = 15;

/** What is allowed of monitors and their groups, and probably not meant. */
export function* monitorWarnings(sections: Sections): Generator<Problem> {
  const { monitors, pools, settings } = sections;
  for (const { value, at } of monitors) {
    if (value?.method === 'HEAD' && value.expected_body !== '') {
      yield {
        path: [...at, 'expected_body'],
        code: 'never_healthy',
        message: 'is never found: answers to HEAD have no body; use GET, or leave it out',
      };
    }
    // Whoever lowered the minimum does not need to be told.
    if (!value || value.interval >= COMMON_INTERVAL || settings.minimum_monitor_interval < 10) continue;
    yield {
      path: [...at, 'interval'],
      code: 'enterprise_only',
      message: `is ${value.interval}: Cloudflare allows less than ${COMMON_INTERVAL} seconds on Enterprise plans only`,
    };
  }
  yield* groupWarnings(sections);
  for (const { value: pool, at } of pools) {
    if (!pool || (pool.monitor === undefined && pool.monitor_group === undefined)) continue;
    if (!pool.enabled) {
      yield {
        path: [...at, pool.monitor === undefined ? 'monitor_group' : 'monitor'],
        code: 'not_probed',
        message: `has nothing to watch: the pool ${pool.name} is disabled, so its endpoints are not probed`,
      };
    }
    const enabled = pool.origins.filter((origin) => origin.enabled).length;
    if (pool.enabled && enabled < pool.minimum_origins) {
      yield {
        path: [...at, 'minimum_origins'],
        code: 'never_healthy',
        message: `is ${pool.minimum_origins}, and ${enabled} of the endpoints of ${pool.name} ${enabled === 1 ? 'is' : 'are'} enabled: the pool can never be healthy`,
      };
    }
    for (const monitor of monitorsOf(pool, sections)) yield* unreachable(pool, monitor, at);
  }
}

/** A group that can never find anything unhealthy; a part that decides nothing, and yet must be healthy. */
function* groupWarnings({ monitor_groups }: Sections): Generator<Problem> {
  for (const { value: group, at } of monitor_groups) {
    if (!group) continue;
    if (group.members.every(({ enabled, monitoring_only }) => !enabled || monitoring_only)) {
      yield {
        path: [...at, 'members'],
        code: 'nobody_decides',
        message: `has nobody who decides: every member is disabled or only monitors, so with ${group.name} endpoints are always healthy`,
      };
    }
    for (const [index, { monitoring_only, must_be_healthy }] of group.members.entries()) {
      if (!monitoring_only || !must_be_healthy) continue;
      yield {
        path: [...at, 'members', index, 'must_be_healthy'],
        code: 'without_effect',
        message: 'has no effect beside monitoring_only: such a member decides nothing',
      };
    }
  }
}

/** The monitors that run for a pool, as far as the file names them. */
function monitorsOf(pool: Pool, { monitors, monitor_groups }: Sections): Monitor[] {
  const named = (text: string) => monitors.find(({ value }) => value?.name === text || value?.id === text)?.value;
  const { monitor, monitor_group } = pool;
  const group = monitor_groups.find(({ name, id }) => name === monitor_group || id === monitor_group)?.value;
  const names =
    monitor === undefined ? (group?.members ?? []).filter((m) => m.enabled).map((m) => m.monitor) : [monitor];
  return names.flatMap((name) => named(name) ?? []);
}

/** Endpoints that a monitor of this type cannot watch (docs/reference/load-balancing.md 2.2). */
function* unreachable(pool: Pool, { type, name: monitor }: Monitor, at: Problem['path']): Generator<Problem> {
  if (type === 'http' || type === 'https') return;
  for (const [index, origin] of pool.origins.entries()) {
    const field = fieldBehind(origin, type === 'tcp');
    if (field === undefined) continue;
    const [what, instead] =
      field === 'tunnel' || field === 'address'
        ? ['a tunnel’s host name', 'an https monitor with the Host of a published application']
        : ['a private network behind a tunnel', 'a tcp or http monitor'];
    yield {
      path: [...at, 'origins', index, field],
      code: 'not_probed',
      message: `is ${what}, which the ${type} monitor ${monitor} cannot watch, so its checks of ${origin.name} will fail; use ${instead}`,
    };
  }
}

/** The field that puts an endpoint behind a tunnel, if one does. */
function fieldBehind({ tunnel, address, ...origin }: Origin, privateIsFine: boolean): string | undefined {
  if (tunnel !== undefined) return 'tunnel';
  if (parseAddress(address ?? '')?.kind === 'tunnel') return 'address';
  if (privateIsFine) return undefined;
  if (origin.virtual_network !== undefined) return 'virtual_network';
  return origin.virtual_network_id === undefined ? undefined : 'virtual_network_id';
}
