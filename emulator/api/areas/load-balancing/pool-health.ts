import * as z from 'zod';
import { DATA_CENTERS } from '../../../geo/data-centers.js';
import { neededBy } from '../../../health/pool-health.js';
import type { Pool } from '../../../state/objects.js';
import type { ApiDeps } from '../../api.types.js';
import { originResults, shownProbe } from './probe-result.js';

/** docs/reference/api.md 2.3. */
export const poolHealthResult = z.object({
  pool_id: z.string(),
  pop_health: z.record(z.string(), z.object({ healthy: z.boolean(), origins: originResults })),
});

/** What each data center knows of a pool's endpoints by its own checks. Those that have not checked yet are not there. */
export function shownPoolHealth(pool: Pool, { health }: Pick<ApiDeps, 'health'>): z.infer<typeof poolHealthResult> {
  const found = new Map<string, { healthy: number; origins: ReturnType<typeof shownProbe>[] }>();
  for (const origin of pool.origins) {
    for (const { dataCenter, verdict, result } of health.endpoint(pool.id, origin.name)?.votes ?? []) {
      if (!result) continue;
      const place = nameOf(dataCenter);
      const known = found.get(place) ?? { healthy: 0, origins: [] };
      if (verdict === 'healthy') known.healthy++;
      known.origins.push(shownProbe(origin, verdict, result));
      found.set(place, known);
    }
  }
  const needed = neededBy(pool);
  const pops = [...found].map(
    ([place, { healthy, origins }]) => [place, { healthy: healthy >= needed, origins }] as const,
  );
  return { pool_id: pool.id, pop_health: Object.fromEntries(pops) };
}

/** As people call a data center: `Amsterdam, NL`. */
function nameOf(code: string): string {
  const dataCenter = DATA_CENTERS.get(code);
  return dataCenter ? `${dataCenter.city}, ${dataCenter.country}` : code;
}
