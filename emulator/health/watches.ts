import type { DataCenter } from '../geo/geo.types.js';
import type { Monitor, MonitorGroup, MonitorGroupMember, Origin, Pool } from '../state/objects.js';
import type { AccountSnapshot } from '../state/state.types.js';
import type { Part } from './health.types.js';
import { probingDataCenters } from './probing-data-centers.js';

/** An endpoint that a monitor watches, and from where. */
export interface Watched {
  readonly pool: Pool;
  readonly origin: Origin;
  readonly monitor: Monitor;
  readonly part: Part;
  readonly dataCenters: readonly DataCenter[];
}

/** An endpoint, with all that watch it. */
export interface WatchedEndpoint {
  readonly pool: Pool;
  readonly origin: Origin;
  /** The pool's group; absent when a single monitor watches. */
  readonly group?: MonitorGroup;
  /** Those that run. A group may have none. */
  readonly monitors: readonly Watched[];
}

type Account = Pick<AccountSnapshot, 'pools' | 'monitors' | 'monitor_groups'>;

/**
 * What is to be probed: the enabled endpoints of enabled pools with a monitor or a group, those of weight 0 among them
 * (docs/reference/load-balancing.md 2.1).
 */
export function* watchedIn(account: Account, configured: readonly DataCenter[]): Generator<WatchedEndpoint> {
  for (const pool of account.pools.values()) {
    if (!pool.enabled) continue;
    const group = pool.monitor_group === undefined ? undefined : account.monitor_groups.get(pool.monitor_group);
    const watching = group ? running(group, account) : single(pool, account);
    if (!watching) continue;
    const dataCenters = probingDataCenters(configured, pool.check_regions);
    for (const origin of pool.origins) {
      if (!origin.enabled) continue;
      const monitors = watching.map((each) => ({ pool, origin, ...each, dataCenters }));
      yield { pool, origin, ...(group ? { group } : {}), monitors };
    }
  }
}

type Watching = readonly Pick<Watched, 'monitor' | 'part'>[];

function single({ monitor: id }: Pool, { monitors }: Account): Watching | undefined {
  const monitor = id === undefined ? undefined : monitors.get(id);
  return monitor && [{ monitor, part: 'must_be_healthy' }];
}

/** Disabled members do not run (docs/reference/load-balancing.md 2.6). */
function running({ members }: MonitorGroup, { monitors }: Account): Watching {
  return members.flatMap((member) => {
    const monitor = monitors.get(member.monitor_id);
    return member.enabled && monitor ? [{ monitor, part: partOf(member) }] : [];
  });
}

/** Who only monitors decides nothing, also where it says that it must be healthy. */
function partOf({ monitoring_only, must_be_healthy }: MonitorGroupMember): Part {
  if (monitoring_only) return 'monitoring_only';
  return must_be_healthy ? 'must_be_healthy' : 'voting';
}

/** How people call a monitor: it has no name (docs/reference/load-balancing.md 1.4). */
export function titleOf({ description, type }: Monitor): string {
  return description || type;
}
