import type * as z from 'zod';
import type { RememberedKind } from '../../../state/deleted.js';
import type { Managed } from '../../../state/objects.js';
import type { AccountSnapshot, Draft, ObjectOf, Writable } from '../../../state/state.types.js';
import type { ApiDeps } from '../../api.types.js';
import { found } from '../../crud.js';
import type { Call, Endpoint } from '../../endpoint.js';
import type { Answer } from '../../envelope.js';
import type { ApiError } from '../../errors.js';
import { inLifetime, type Lifetime, lifetimeOf, lifetimes } from '../../lifetime.js';
import { type Json, merged, withoutNulls } from '../../merge.js';
import { writable } from '../../shown.js';

/** A kind of the private network: written by POST and PATCH, and listed even after it was deleted. */
export interface RememberedResource<K extends RememberedKind> {
  readonly kind: K;
  /** For people, e.g. `route`. */
  readonly noun: string;
  /** Of the collection; one object is below it at `:id`. */
  readonly path: string;
  readonly body: z.ZodType;
  readonly result: z.ZodType;
  readonly shown: (lifetime: Lifetime<ObjectOf<K> & Managed>, account: AccountSnapshot) => unknown;
  /** As a list shows it, where that is more. */
  readonly listed?: {
    readonly result: z.ZodType;
    readonly shown: (lifetime: Lifetime<ObjectOf<K> & Managed>, account: AccountSnapshot) => unknown;
  };
  /** What a list is filtered by, beside the lifetime. */
  readonly query: readonly string[];
  readonly filter: (call: Call, account: AccountSnapshot) => (lifetime: Lifetime<ObjectOf<K> & Managed>) => boolean;
  readonly page: (
    lifetimes: readonly Lifetime<ObjectOf<K> & Managed>[],
    call: Call,
    show: (lifetime: Lifetime<ObjectOf<K> & Managed>) => unknown,
  ) => Answer;
  /** What a body means: old spellings. Default: as it is. */
  readonly given?: (body: Json) => Json;
  /** Fields in which an empty text means "unset". */
  readonly emptyIsUnset?: ReadonlySet<string>;
  readonly notFound: (id: string) => ApiError;
  /** What goes with a deleted object, in the same transaction. */
  readonly deleteFirst?: (draft: Draft, id: string, call: Call) => void;
  readonly deleteQuery?: readonly string[];
}

/** Reads what a path names; what was deleted is not found (docs/reference/api.md 2.5). */
function live<K extends RememberedKind>(
  { kind, notFound }: RememberedResource<K>,
  account: AccountSnapshot,
  call: Call,
): ObjectOf<K> & Managed {
  const id = call.param('id');
  return found(account[kind].get(id) as (ObjectOf<K> & Managed) | undefined, id, call, notFound);
}

/** Changes one object as PATCH does. */
export function patched<K extends RememberedKind>(
  { kind, given = (body) => body, emptyIsUnset }: Pick<RememberedResource<K>, 'kind' | 'given' | 'emptyIsUnset'>,
  draft: Draft,
  before: ObjectOf<K> & Managed,
  body: Json,
): ObjectOf<K> & Managed {
  const after = withoutNulls(merged(writable(before) as Json, given(body)), emptyIsUnset);
  return draft.put(kind, { ...after, id: before.id } as Writable<K>) as ObjectOf<K> & Managed;
}

/** The five endpoints of such a kind. */
export function rememberedEndpoints<K extends RememberedKind>(
  resource: RememberedResource<K>,
  deps: ApiDeps,
): readonly Endpoint[] {
  const { kind, noun, path, body, result, given = (json) => json } = resource;
  const one = `${path}/:id`;
  const show = (object: ObjectOf<K> & Managed): Answer => ({
    result: resource.shown({ object, deletedAt: null }, deps.state.read()),
  });
  return [
    {
      method: 'GET',
      path,
      summary: `List the ${noun}s, those that were deleted too unless is_deleted=false`,
      query: [...resource.query, 'is_deleted'],
      result: (resource.listed?.result ?? result).array(),
      handle: (call) => {
        const account = deps.state.read();
        const filters = [inLifetime(call.query), resource.filter(call, account)];
        const all = lifetimes(account, kind).filter((each) => filters.every((holds) => holds(each)));
        const shown = resource.listed?.shown ?? resource.shown;
        return resource.page(all, call, (lifetime) => shown(lifetime, account));
      },
    },
    {
      method: 'POST',
      path,
      summary: `Create a ${noun}`,
      body,
      result,
      handle: (call) => {
        const { id: _id, ...object } = withoutNulls(given(call.body), resource.emptyIsUnset);
        return show(
          deps.state.transact('api', (draft) => draft.put(kind, object as Writable<K>)) as ObjectOf<K> & Managed,
        );
      },
    },
    {
      method: 'GET',
      path: one,
      summary: `One ${noun}`,
      result,
      handle: (call) => show(live(resource, deps.state.read(), call)),
    },
    {
      method: 'PATCH',
      path: one,
      summary: `Change what is given of a ${noun}`,
      body,
      result,
      handle: (call) =>
        show(
          deps.state.transact('api', (draft) =>
            patched(resource, draft, live(resource, draft.read(), call), call.body),
          ),
        ),
    },
    {
      method: 'DELETE',
      path: one,
      summary: `Delete a ${noun}; the answer has deleted_at`,
      ...(resource.deleteQuery && { query: resource.deleteQuery }),
      result,
      handle: (call) => {
        const { id } = deps.state.transact('api', (draft) => {
          const object = live(resource, draft.read(), call);
          resource.deleteFirst?.(draft, object.id, call);
          draft.delete(kind, object.id);
          return object;
        });
        return deletedAnswer(resource, id, deps);
      },
    },
  ];
}

/** What is told of what was just deleted. */
export function deletedAnswer<K extends RememberedKind>(
  { kind, shown, notFound }: Pick<RememberedResource<K>, 'kind' | 'shown' | 'notFound'>,
  id: string,
  deps: ApiDeps,
): Answer {
  const account = deps.state.read();
  const lifetime = lifetimeOf(account, kind, id);
  if (!lifetime) throw notFound(id);
  return { result: shown(lifetime, account) };
}
