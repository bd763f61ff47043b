import { parseAddress } from '../state/addresses.js';
import type { Problem } from '../state/state.types.js';
import type { Sections } from './sections.js';

/** Below it Cloudflare asks for an Enterprise plan (docs/reference/load-balancing.md 11, 13). Seconds. */
const COMMON_INTERVAL = 15;

/** What is allowed of monitors, and probably not meant. */
export function* monitorWarnings({ monitors, pools, settings }: Sections): Generator<Problem> {
  for (const { value, at } of monitors) {
    // Whoever lowered the minimum does not need to be told.
    if (!value || value.interval >= COMMON_INTERVAL || settings.minimum_monitor_interval < 10) continue;
    yield {
      path: [...at, 'interval'],
      code: 'enterprise_only',
      message: `is ${value.interval}: Cloudflare allows less than ${COMMON_INTERVAL} seconds on Enterprise plans only`,
    };
  }
  const tcp = new Set(monitors.flatMap(({ value }) => (value?.type === 'tcp' ? [value.name, value.id] : [])));
  for (const { value: pool, at } of pools) {
    if (pool?.monitor === undefined) continue;
    if (!pool.enabled) {
      yield {
        path: [...at, 'monitor'],
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
    if (!tcp.has(pool.monitor)) continue;
    for (const [index, { name, tunnel, address }] of pool.origins.entries()) {
      if (tunnel === undefined && parseAddress(address ?? '')?.kind !== 'tunnel') continue;
      yield {
        path: [...at, 'origins', index, tunnel === undefined ? 'address' : 'tunnel'],
        code: 'not_probed',
        message: `is a tunnel’s host name, which the tcp monitor ${pool.monitor} cannot watch, so ${name} will be unhealthy; use an https monitor with the Host of a published application`,
      };
    }
  }
}
