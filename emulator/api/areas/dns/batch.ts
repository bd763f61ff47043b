import * as z from 'zod';
import type { DnsRecord } from '../../../state/objects.js';
import type { AccountSnapshot, Draft } from '../../../state/state.types.js';
import type { ApiDeps } from '../../api.types.js';
import type { Call, Endpoint } from '../../endpoint.js';
import { type Json, merged, withoutNulls } from '../../merge.js';
import { writable } from '../../shown.js';
import { givenRecord, recordBody, recordResult, shownRecord, WHOLE } from './record.js';
import { notFound, validationError } from './refusal.js';

/** Each list is worked through in turn, and each sees what the ones before it did. */
const LISTS = ['deletes', 'patches', 'puts', 'posts'] as const;

const item = z.record(z.string(), z.unknown());
const named = item.and(z.object({ id: z.string() }));
const items = z.object({
  deletes: z.array(named).nullish(),
  patches: z.array(named).nullish(),
  puts: z.array(named).nullish(),
  posts: z.array(item).nullish(),
});

const withId = recordBody.extend({ id: z.string() });
const body = z.object({
  deletes: z.array(z.object({ id: z.string() })).optional(),
  patches: z.array(recordBody.partial().extend({ id: z.string() })).optional(),
  puts: z.array(withId).optional(),
  posts: z.array(recordBody).optional(),
});

const result = z.object({
  deletes: z.array(recordResult),
  patches: z.array(recordResult),
  puts: z.array(recordResult),
  posts: z.array(recordResult),
});

/** Many changes as one: all of them or none. */
export function batch(deps: ApiDeps): Endpoint {
  return {
    method: 'POST',
    path: '/zones/:zone_id/dns_records/batch',
    summary: 'Delete, change, replace and create DNS records, all or none',
    body,
    result,
    handle: (call) => {
      const given = items.safeParse(call.body);
      if (!given.success) {
        throw validationError(
          given.error.issues.map(({ path, message }) => ({ code: 1004, message: `${path.join('.')}: ${message}` })),
        );
      }
      const changed = deps.state.transact('api', (draft) => ({
        deletes: (given.data.deletes ?? []).map(({ id }) => removed(draft, id, call)),
        patches: (given.data.patches ?? []).map((patch) => {
          const before = recordOf(draft.read(), patch.id, call);
          return put(draft, merged(writable(before) as unknown as Json, patch, WHOLE), call, before.id);
        }),
        puts: (given.data.puts ?? []).map((whole) =>
          put(draft, whole, call, recordOf(draft.read(), whole.id, call).id),
        ),
        posts: (given.data.posts ?? []).map((record) => put(draft, record, call)),
      }));
      return { result: Object.fromEntries(LISTS.map((list) => [list, changed[list].map(shownRecord)])) };
    },
  };
}

function recordOf(account: AccountSnapshot, id: string, call: Call): DnsRecord {
  const record = account.dns_records.get(id);
  if (record?.zone_id !== call.param('zone_id')) throw notFound();
  return record;
}

function removed(draft: Draft, id: string, call: Call): DnsRecord {
  const record = recordOf(draft.read(), id, call);
  draft.delete('dns_records', record.id);
  return record;
}

function put(draft: Draft, given: Json, call: Call, id?: string): DnsRecord {
  const { id: _id, ...rest } = givenRecord(withoutNulls(given), call.param('zone_id'));
  return draft.put('dns_records', { ...rest, ...(id === undefined ? {} : { id }) });
}
