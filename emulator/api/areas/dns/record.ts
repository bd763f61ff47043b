import * as z from 'zod';
import type { DnsRecord } from '../../../state/objects.js';
import { SCHEMAS } from '../../../state/schemas/index.js';
import type { Writable } from '../../../state/state.types.js';
import type { Json } from '../../merge.js';
import { times } from '../../shown.js';

export const recordBody = SCHEMAS.dns_records.omit({ zone_id: true });

/** docs/reference/api.md 2.7. */
export const recordResult = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  content: z.string(),
  proxiable: z.boolean(),
  proxied: z.boolean(),
  ttl: z.number(),
  settings: z.record(z.string(), z.unknown()),
  meta: z.record(z.string(), z.unknown()),
  comment: z.string().nullable(),
  tags: z.array(z.string()),
  priority: z.number().optional(),
  data: z.record(z.string(), z.unknown()).optional(),
  created_on: z.string(),
  modified_on: z.string(),
});

export function shownRecord(record: DnsRecord): z.infer<typeof recordResult> {
  const { id, name, type, content, proxied, ttl, settings, comment, tags, priority, data } = record;
  return {
    id,
    name,
    type,
    content,
    proxiable: type === 'A' || type === 'AAAA' || type === 'CNAME',
    proxied,
    ttl,
    settings: { ...settings },
    meta: {},
    comment,
    tags: [...(tags ?? [])],
    // An optional attribute that nobody set must be absent (docs/reference/api.md 4.2).
    ...(priority === undefined ? {} : { priority }),
    ...(data === undefined ? {} : { data: { ...data } }),
    ...times(record),
  };
}

/** A body as the state keeps it: in the zone of the path, and without what is empty. */
export function givenRecord(body: Json, zoneId: string): Writable<'dns_records'> {
  const { tags, settings, data, ...rest } = body;
  return {
    ...rest,
    ...(isEmpty(tags) ? {} : { tags }),
    ...(isEmpty(settings) ? {} : { settings }),
    ...(isEmpty(data) ? {} : { data }),
    zone_id: zoneId,
  } as unknown as Writable<'dns_records'>;
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}

/** What a change of it replaces whole: its fields depend on the record's type. */
export const WHOLE: ReadonlySet<string> = new Set(['data']);
