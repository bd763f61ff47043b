import type { DataCenter } from '../geo/geo.types.js';
import type { Monitor, Origin, Pool } from '../state/objects.js';
import type { AccountSnapshot } from '../state/state.types.js';
import { probingDataCenters } from './probing-data-centers.js';

/** An endpoint that a monitor watches, and from where. */
export interface Watched {
  readonly pool: Pool;
  readonly origin: Origin;
  readonly monitor: Monitor;
  readonly dataCenters: readonly DataCenter[];
}

/**
 * What is to be probed: the enabled endpoints of enabled pools with a monitor, those of weight 0 among them
 * (docs/reference/load-balancing.md 2.1).
 */
export function* watchedIn(
  account: Pick<AccountSnapshot, 'pools' | 'monitors'>,
  configured: readonly DataCenter[],
): Generator<Watched> {
  for (const pool of account.pools.values()) {
    const monitor = pool.monitor === undefined ? undefined : account.monitors.get(pool.monitor);
    if (!pool.enabled || !monitor) continue;
    const dataCenters = probingDataCenters(configured, pool.check_regions);
    for (const origin of pool.origins) if (origin.enabled) yield { pool, origin, monitor, dataCenters };
  }
}
