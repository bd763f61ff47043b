import * as z from 'zod';
import type { Origin, Pool } from '../../../state/objects.js';
import { SCHEMAS } from '../../../state/schemas/index.js';
import type { Writable } from '../../../state/state.types.js';
import type { ApiDeps } from '../../api.types.js';
import { crud, found } from '../../crud.js';
import type { Area, Call, Endpoint } from '../../endpoint.js';
import { apiError } from '../../errors.js';
import { isObject, type Json } from '../../merge.js';
import { wholeList } from '../../paging.js';
import { instant, times, writable } from '../../shown.js';
import { poolHealthResult, shownPoolHealth } from './pool-health.js';
import { previewStarted, startPreview } from './previews.js';
import { referencesEndpoint } from './references.js';
import { notFound, refusal } from './refusal.js';
import { alsoForUser } from './user-alias.js';

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
  origin_steering: z.object({ policy: z.string() }).nullable(),
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

const PATH = '/accounts/:account_id/load_balancers/pools';

/** How older clients take a monitor away (docs/reference/api.md 2.2). */
const EMPTY_IS_UNSET: ReadonlySet<string> = new Set(['monitor', 'monitor_group']);

/** Older clients send an empty map of headers with every endpoint. */
function withoutEmptyHeaders(body: Json): Json {
  if (!Array.isArray(body.origins)) return body;
  return { ...body, origins: body.origins.map(withoutEmptyHeader) };
}

function withoutEmptyHeader(origin: unknown): unknown {
  if (!isObject(origin) || !isObject(origin.header)) return origin;
  const { header, ...rest } = origin;
  const { Host: host } = origin.header;
  return host === undefined || (Array.isArray(host) && host.length === 0) ? rest : { ...rest, header };
}

/** The pool that the path names. */
function poolOf(call: Call, { state }: ApiDeps): Pool {
  const id = call.param('id');
  return found(state.read().pools.get(id), id, call, notFound('pool'));
}

/** docs/reference/api.md 2.1: of all pools at once only the address of notifications can be changed, and only removed. */
function clearEmails(body: Json, { state }: ApiDeps): readonly Pool[] {
  if (body.notification_email === undefined || body.notification_email === null) return [];
  if (body.notification_email !== '') {
    throw apiError(400, 1002, 'notification_email must be empty: validation failed', {
      source: { pointer: '/notification_email' },
    });
  }
  return state.transact('api', (draft) =>
    inOrder(draft.read().pools.values())
      .filter(({ notification_email }) => notification_email !== '')
      .map((pool) =>
        draft.put('pools', { ...writable(pool), id: pool.id, notification_email: '' } as Writable<'pools'>),
      ),
  );
}

function inOrder(pools: Iterable<Pool>): readonly Pool[] {
  return [...pools].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function others(deps: ApiDeps): readonly Endpoint[] {
  return [
    {
      method: 'PATCH',
      path: PATH,
      summary: 'Remove the address of notifications from every pool',
      body: z.object({ notification_email: z.literal('') }),
      result: poolResult.array(),
      handle: (call) => wholeList(clearEmails(call.body, deps).map(shownPool)),
    },
    {
      method: 'GET',
      path: `${PATH}/:id/health`,
      summary: 'What each data center found of a pool’s endpoints',
      result: poolHealthResult,
      handle: (call) => ({ result: shownPoolHealth(poolOf(call, deps), deps) }),
    },
    {
      method: 'POST',
      path: `${PATH}/:id/preview`,
      summary: 'Check a pool’s endpoints once with the monitor given',
      body: SCHEMAS.monitors,
      result: previewStarted,
      handle: (call) => startPreview([poolOf(call, deps)], call.body, deps),
    },
    referencesEndpoint('pools', 'pool', PATH, deps),
  ];
}

export const pools: Area = {
  title: 'Pools',
  refusal,
  endpoints: (deps) =>
    alsoForUser([
      ...crud(
        {
          kind: 'pools',
          noun: 'pool',
          path: PATH,
          body: SCHEMAS.pools,
          result: poolResult,
          query: ['monitor'],
          list: ({ pools }, { query }) => {
            const monitor = query.text('monitor');
            return inOrder([...pools.values()].filter((pool) => monitor === undefined || pool.monitor === monitor));
          },
          shown: shownPool,
          given: withoutEmptyHeaders,
          emptyIsUnset: EMPTY_IS_UNSET,
          notFound: notFound('pool'),
        },
        deps,
      ),
      ...others(deps),
    ]),
};
