import * as z from 'zod';
import type { Zone } from '../../../state/objects.js';
import type { AccountSnapshot } from '../../../state/state.types.js';
import type { Area, Call } from '../../endpoint.js';
import { apiError, couldNotRoute } from '../../errors.js';
import { fits, ordered, textFilter } from '../../filter.js';
import { type Json, withoutNulls } from '../../merge.js';
import { pageOf } from '../../paging.js';
import type { Query } from '../../query.js';
import { plainRefusal } from '../../refusal.js';
import { shownZone, zoneResult } from './zone.js';

const created = z.object({
  name: z.string(),
  account: z.object({ id: z.string().optional() }).optional(),
  type: z.string().optional(),
});

const changed = z.object({ paused: z.boolean().optional(), type: z.string().optional() });

const invalid = (message: string) => apiError(400, 1004, message);

/** The zone that the path names; the gateway has seen to it that there is one, but a delete may have come between. */
export function zoneOf(state: AccountSnapshot, call: Call): Zone {
  const zone = state.zones.get(call.param('zone_id'));
  if (!zone) throw couldNotRoute(call.path);
  return zone;
}

export const zones: Area = {
  title: 'Zones',
  refusal: plainRefusal,
  endpoints: ({ state }) => [
    {
      method: 'GET',
      path: '/zones',
      summary: 'List the zones',
      query: [
        'name',
        'account.id',
        'account.name',
        'status',
        'type',
        'match',
        'order',
        'direction',
        'page',
        'per_page',
      ],
      result: zoneResult.array(),
      handle: ({ query }) => {
        const account = state.read();
        return pageOf(listed(account, query), query, (zone) => shownZone(zone, account));
      },
    },
    {
      method: 'POST',
      path: '/zones',
      summary: 'Create a zone',
      partly: 'full zones only, active at once',
      body: created,
      result: zoneResult,
      handle: (call) => {
        const { name, account, type } = parsed(created, call.body);
        if (account?.id !== undefined && account.id !== state.read().account.id) {
          throw apiError(403, 1068, `account.id is not the account of this token: ${account.id}`);
        }
        requireFull(type);
        const zone = state.transact('api', (draft) => {
          const lower = name.toLowerCase();
          for (const other of draft.read().zones.values()) {
            if (other.name === lower) throw apiError(400, 1061, `${lower} already exists`);
          }
          return draft.put('zones', { name });
        });
        return { result: shownZone(zone, state.read()) };
      },
    },
    {
      method: 'GET',
      path: '/zones/:zone_id',
      summary: 'One zone',
      result: zoneResult,
      handle: (call) => {
        const account = state.read();
        return { result: shownZone(zoneOf(account, call), account) };
      },
    },
    {
      method: 'PATCH',
      path: '/zones/:zone_id',
      summary: 'Change a zone',
      partly: 'nothing of a zone can be changed here: it is full and not paused; its settings have their own endpoints',
      body: changed,
      result: zoneResult,
      handle: (call) => {
        const { paused, type } = parsed(changed, call.body);
        if (paused === true) throw invalid('paused must be false: zones are not paused here');
        requireFull(type);
        const account = state.read();
        return { result: shownZone(zoneOf(account, call), account) };
      },
    },
    {
      method: 'DELETE',
      path: '/zones/:zone_id',
      summary: 'Delete a zone with its load balancers and DNS records',
      result: z.object({ id: z.string() }),
      handle: (call) => {
        const { id } = zoneOf(state.read(), call);
        state.transact('api', (draft) => draft.delete('zones', id));
        return { result: { id } };
      },
    },
  ],
};

function parsed<T>(schema: z.ZodType<T>, body: Json): T {
  const result = schema.safeParse(withoutNulls(body));
  if (result.success) return result.data;
  throw invalid(result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}

function requireFull(type: string | undefined): void {
  if (type !== undefined && type !== 'full') throw invalid(`type must be full: there are no ${type} zones here`);
}

function listed({ zones, account }: AccountSnapshot, query: Query): readonly Zone[] {
  const equal = (name: string, value: string) => {
    const wanted = query.text(name);
    return wanted === undefined ? undefined : wanted.toLowerCase() === value.toLowerCase();
  };
  const found = [...zones.values()].filter(({ name }) =>
    fits(query, [
      textFilter(query, 'name', name),
      equal('account.id', account.id),
      textFilter(query, 'account.name', account.name),
      equal('status', 'active'),
      equal('type', 'full'),
    ]),
  );
  // The other orders are by what is the same for all zones.
  return ordered(found, query, ({ name }) => name);
}
