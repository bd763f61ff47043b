import * as z from 'zod';
import { HEALTH_CHANGED } from '../../../health/announce.js';
import type { EdgeEvent } from '../../../observe/journal.types.js';
import type { Pool } from '../../../state/objects.js';
import type { AccountSnapshot } from '../../../state/state.types.js';
import type { ApiDeps } from '../../api.types.js';
import type { Area } from '../../endpoint.js';
import { wholeList } from '../../paging.js';
import type { Query } from '../../query.js';
import { instant } from '../../shown.js';
import { refusal } from './refusal.js';

/** docs/reference/api.md 2.1. The member names are those of the service's published examples. */
const analyticsEvent = z.object({
  id: z.number(),
  timestamp: z.string(),
  pool: z.object({
    id: z.string(),
    name: z.string(),
    healthy: z.boolean(),
    changed: z.boolean(),
    minimum_origins: z.number(),
  }),
  origins: z.array(
    z.object({
      name: z.string(),
      address: z.string(),
      ip: z.string(),
      enabled: z.boolean(),
      healthy: z.boolean(),
      changed: z.boolean(),
      failure_reason: z.string(),
    }),
  ),
});

type Shown = z.infer<typeof analyticsEvent>;

/** What {@link HEALTH_CHANGED} tells of an endpoint or a pool; what it tells of single monitors of a group is left out. */
const change = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('endpoint'),
    pool: z.string(),
    endpoint: z.string(),
    to: z.string(),
    votes: z.array(z.object({ failure_reason: z.string().optional() })),
  }),
  z.object({ kind: z.literal('pool'), pool: z.string(), to: z.string() }),
]);

type Change = z.infer<typeof change>;

/** What was known of a pool when something changed: told again from the first event on. */
interface Known {
  healthy: boolean;
  readonly endpoints: Map<string, { healthy: boolean; failure_reason: string }>;
}

/** Events have no numbers of their own. Each gets the next one when it is first shown, and keeps it. */
function numbering(): (event: EdgeEvent) => number {
  const numbers = new WeakMap<EdgeEvent, number>();
  let last = 0;
  return (event) => {
    const number = numbers.get(event) ?? ++last;
    numbers.set(event, number);
    return number;
  };
}

/** The changes of health that are still remembered, oldest first, of pools that still exist. */
function* changes(
  events: readonly EdgeEvent[],
  account: AccountSnapshot,
  numberOf: (event: EdgeEvent) => number,
): Generator<{ readonly at: number; readonly shown: Shown }> {
  const pools = new Map(Array.from(account.pools.values(), (pool) => [pool.name, pool]));
  const known = new Map<string, Known>();
  for (const event of events) {
    const parsed = event.type === HEALTH_CHANGED ? change.safeParse(event.data) : undefined;
    if (!parsed?.success) continue;
    const state = known.get(parsed.data.pool) ?? { healthy: false, endpoints: new Map() };
    known.set(parsed.data.pool, state);
    take(parsed.data, state);
    const pool = pools.get(parsed.data.pool);
    if (pool) yield { at: event.at, shown: shownChange(numberOf(event), event.at, parsed.data, pool, state) };
  }
}

function take(data: Change, state: Known): void {
  if (data.kind === 'pool') state.healthy = data.to === 'healthy' || data.to === 'degraded';
  else {
    const failure_reason = data.votes.find((vote) => vote.failure_reason !== undefined)?.failure_reason;
    state.endpoints.set(data.endpoint, {
      healthy: data.to === 'healthy',
      failure_reason: data.to === 'healthy' ? 'No failures' : (failure_reason ?? 'Other Failure'),
    });
  }
}

function shownChange(id: number, at: number, data: Change, pool: Pool, { healthy, endpoints }: Known): Shown {
  return {
    id,
    timestamp: instant(at),
    pool: {
      id: pool.id,
      name: pool.name,
      healthy,
      changed: data.kind === 'pool',
      minimum_origins: pool.minimum_origins,
    },
    origins: pool.origins.flatMap(({ name, address, enabled }) => {
      const endpoint = endpoints.get(name);
      const changed = data.kind === 'endpoint' && data.endpoint === name;
      return endpoint ? [{ name, address, ip: address, enabled, changed, ...endpoint }] : [];
    }),
  };
}

function isAsked({ at, shown }: { readonly at: number; readonly shown: Shown }, query: Query): boolean {
  const { pool, origins } = shown;
  const [since, until] = [Date.parse(query.text('since') ?? ''), Date.parse(query.text('until') ?? '')];
  const [poolHealthy, originHealthy] = [query.flag('pool_healthy'), query.flag('origin_healthy')];
  const [poolId, poolName, originName] = [query.text('pool_id'), query.text('pool_name'), query.text('origin_name')];
  return (
    !(at < since) &&
    !(at > until) &&
    (poolId === undefined || pool.id === poolId) &&
    (poolName === undefined || pool.name === poolName) &&
    (poolHealthy === undefined || pool.healthy === poolHealthy) &&
    ((originName === undefined && originHealthy === undefined) ||
      origins.some(
        ({ name, healthy }) =>
          (originName === undefined || name === originName) &&
          (originHealthy === undefined || healthy === originHealthy),
      ))
  );
}

export const analytics: Area = {
  title: 'Load-balancing analytics',
  refusal,
  endpoints: (deps: ApiDeps) => {
    const numberOf = numbering();
    return [
      {
        method: 'GET',
        path: '/user/load_balancing_analytics/events',
        summary: 'Changes of the health of pools and endpoints',
        partly: 'Of the latest 1,000 events of the edge, and of pools that still exist.',
        query: ['since', 'until', 'origin_name', 'origin_healthy', 'pool_id', 'pool_name', 'pool_healthy'],
        result: analyticsEvent.array(),
        handle: ({ query }) => {
          const all = [...changes(deps.events.recent(), deps.state.read(), numberOf)];
          return wholeList(all.filter((each) => isAsked(each, query)).map(({ shown }) => shown));
        },
      },
    ];
  },
};
