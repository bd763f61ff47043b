import * as z from 'zod';
import { deepFreeze } from './draft.js';
import { problemsOf } from './issues.js';
import { COMPLETE } from './kinds.js';
import { SCHEMAS } from './schemas/index.js';
import type { Collections, Kind, ObjectOf } from './state.types.js';
import { ValidationError } from './validation-error.js';

const managedSchema = z.object({
  id: z.string().min(1),
  managed_by: z.enum(['file', 'api']),
  created_on: z.number(),
  modified_on: z.number(),
});

/**
 * An object as it was before it left this process, from what was kept of it. Checked as if it were written now, and
 * completed: a field that did not exist then has its default.
 *
 * @throws ValidationError
 */
export function restoreObject<K extends Kind>(kind: K, stored: unknown, account: Collections): ObjectOf<K> {
  const managed = managedSchema.safeParse(stored);
  if (!managed.success) throw new ValidationError(problemsOf(managed.error.issues, stored, [kind]));
  const { id, modified_on } = managed.data;
  const parsed = SCHEMAS[kind].safeParse(stored);
  if (!parsed.success) throw new ValidationError(problemsOf(parsed.error.issues, stored, [kind, id]));
  const body = COMPLETE[kind](parsed.data as never, {
    given: stored as never,
    before: stored as ObjectOf<K>,
    account,
    now: modified_on,
  });
  return deepFreeze({ ...body, ...managed.data }) as unknown as ObjectOf<K>;
}
