import * as z from 'zod';
import type { Origin, Pool } from '../../../state/objects.js';
import { SCHEMAS } from '../../../state/schemas/index.js';
import { crud } from '../../crud.js';
import type { Area } from '../../endpoint.js';
import { instant, times } from '../../shown.js';
import { notFound, refusal } from './refusal.js';

const origin = z.object({
  name: z.string(),
  address: z.string(),
  enabled: z.boolean(),
  weight: z.number(),
  port: z.number(),
  flatten_cname: z.boolean(),
  header: z.object({ Host: z.array(z.string()) }).optional(),
  virtual_network_id: z.string().optional(),
  disabled_at: z.string().nullable(),
});

/** docs/reference/api.md 2.2. */
export const poolResult = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  enabled: z.boolean(),
  minimum_origins: z.number(),
  origins: z.array(origin),
  monitor: z.string().optional(),
  monitor_group: z.string().optional(),
  check_regions: z.array(z.string()).nullable(),
  latitude: z.number().optional(),
  longitude: z.number().optional(),
  origin_steering: z.object({ policy: z.string() }),
  load_shedding: z.record(z.string(), z.unknown()).nullable(),
  health_sources: z.array(z.string()).nullable(),
  notification_email: z.string(),
  notification_filter: z.record(z.string(), z.unknown()).nullable(),
  networks: z.array(z.string()).optional(),
  created_on: z.string(),
  modified_on: z.string(),
});

export function shownPool(pool: Pool): z.infer<typeof poolResult> {
  const { managed_by: _by, origins, networks, check_regions, health_sources, load_shedding, ...rest } = pool;
  return {
    ...rest,
    ...times(pool),
    origins: origins.map(shownOrigin),
    check_regions: check_regions && [...check_regions],
    health_sources: health_sources && [...health_sources],
    load_shedding: load_shedding && { ...load_shedding },
    notification_filter: rest.notification_filter && { ...rest.notification_filter },
    // An optional attribute that nobody set must be absent (docs/reference/api.md 4.2).
    ...(networks.length === 0 ? {} : { networks: [...networks] }),
  };
}

function shownOrigin({ header, disabled_at, ...rest }: Origin): z.infer<typeof origin> {
  return {
    ...rest,
    ...(header && { header: { Host: [...header.Host] } }),
    disabled_at: disabled_at === undefined ? null : instant(disabled_at),
  };
}

export const pools: Area = {
  title: 'Pools',
  refusal,
  endpoints: (deps) =>
    crud(
      {
        kind: 'pools',
        noun: 'pool',
        path: '/accounts/:account_id/load_balancers/pools',
        body: SCHEMAS.pools,
        result: poolResult,
        query: ['monitor'],
        list: ({ pools }, { query }) => {
          const monitor = query.text('monitor');
          return [...pools.values()]
            .filter((pool) => monitor === undefined || pool.monitor === monitor)
            .sort((a, b) => (a.name < b.name ? -1 : 1));
        },
        shown: shownPool,
        notFound: notFound('pool'),
      },
      deps,
    ),
};
