import * as z from 'zod';
import type { Managed } from '../state/objects.js';
import type { AccountSnapshot, Draft, Kind, ObjectOf, Writable } from '../state/state.types.js';
import type { ApiDeps } from './api.types.js';
import type { Call, Endpoint, Method } from './endpoint.js';
import type { Answer } from './envelope.js';
import { type ApiError, couldNotRoute } from './errors.js';
import { type Json, merged, withoutNulls } from './merge.js';
import { wholeList } from './paging.js';
import { writable } from './shown.js';

/** A kind of objects that is listed, created, read, replaced, merged and deleted under one path. */
export interface Resource<K extends Kind> {
  readonly kind: K;
  /** For people, e.g. `pool`. */
  readonly noun: string;
  /** Of the collection, e.g. `/accounts/:account_id/load_balancers/pools`; one object is below it at `:id`. */
  readonly path: string;
  readonly body: z.ZodType;
  readonly result: z.ZodType;
  /** Which objects the collection has, and in which order. */
  readonly list: (account: AccountSnapshot, call: Call) => readonly ObjectOf<K>[];
  /** Whether an object is below this path, e.g. in the zone that it names. Default: yes. */
  readonly belongs?: (object: ObjectOf<K>, call: Call) => boolean;
  /** The answer to a list. Default: all of it on one page. */
  readonly page?: (objects: readonly ObjectOf<K>[], call: Call, show: (object: ObjectOf<K>) => unknown) => Answer;
  readonly query?: readonly string[];
  readonly shown: (object: ObjectOf<K>, account: AccountSnapshot) => unknown;
  /** What a body means, nulls left out already: old spellings, fields that the path gives. Default: as it is. */
  readonly given?: (body: Json, call: Call) => Json;
  /** What is not there, with the service's number. */
  readonly notFound: (id: string) => ApiError;
  /** Fields in which an empty text means "unset". */
  readonly emptyIsUnset?: ReadonlySet<string>;
  /** Fields whose objects have data as keys, and which PATCH replaces whole. */
  readonly whole?: ReadonlySet<string>;
  /** What is written when an object is PATCHed. Default: {@link merged}. */
  readonly patched?: (before: Json, patch: Json) => Json;
  /** What DELETE answers. Default: `{ id }`. */
  readonly deleted?: (object: ObjectOf<K>, account: AccountSnapshot) => unknown;
  readonly deletedResult?: z.ZodType;
  /** What Cloudflare's does and this does not, by method. */
  readonly partly?: Partial<Record<Method, string>>;
}

const HEX32 = /^[0-9a-f]{32}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Ids that are valid somewhere, so that the service itself says that there is no such object. */
const wellFormed = (id: string): boolean => HEX32.test(id) || UUID.test(id);

const DELETED = z.object({ id: z.string() });

/** The object that the path names; an id that cannot be one is the gateway's to refuse. */
export function found<T>(object: T | undefined, id: string, call: Call, notFound: (id: string) => ApiError): T {
  if (object !== undefined) return object;
  throw wellFormed(id) ? notFound(id) : couldNotRoute(call.path);
}

/** The six endpoints of a resource. */
export function crud<K extends Kind>(resource: Resource<K>, deps: ApiDeps): readonly Endpoint[] {
  const { kind, noun, path } = resource;
  const one = `${path}/:id`;
  const show = (object: ObjectOf<K>): unknown => resource.shown(object, deps.state.read());
  const get = (account: AccountSnapshot, call: Call): ObjectOf<K> & Managed => {
    const id = call.param('id');
    const object = account[kind].get(id) as (ObjectOf<K> & Managed) | undefined;
    const here = object !== undefined && (resource.belongs?.(object, call) ?? true);
    return found(here ? object : undefined, id, call, resource.notFound);
  };
  const put = (draft: Draft, body: Json, call: Call, id?: string): ObjectOf<K> => {
    const given = resource.given?.(body, call) ?? body;
    const { id: _id, ...rest } = given;
    return draft.put(kind, { ...rest, ...(id === undefined ? {} : { id }) } as Writable<K>);
  };
  const write = (change: (draft: Draft) => ObjectOf<K>): Answer => ({
    result: show(deps.state.transact('api', change)),
  });

  return [
    {
      method: 'GET',
      path,
      summary: `List the ${noun}s`,
      ...(resource.query && { query: resource.query }),
      result: resource.result.array(),
      ...partly(resource, 'GET'),
      handle: (call) => {
        const objects = resource.list(deps.state.read(), call);
        return resource.page ? resource.page(objects, call, show) : wholeList(objects.map(show));
      },
    },
    {
      method: 'POST',
      path,
      summary: `Create a ${noun}`,
      body: resource.body,
      result: resource.result,
      ...partly(resource, 'POST'),
      handle: (call) => write((draft) => put(draft, withoutNulls(call.body, resource.emptyIsUnset), call)),
    },
    {
      method: 'GET',
      path: one,
      summary: `One ${noun}`,
      result: resource.result,
      handle: (call) => ({ result: show(get(deps.state.read(), call)) }),
    },
    {
      method: 'PUT',
      path: one,
      summary: `Replace a ${noun}: what is left out returns to its default`,
      body: resource.body,
      result: resource.result,
      handle: (call) =>
        write((draft) => {
          const { id } = get(draft.read(), call);
          return put(draft, withoutNulls(call.body, resource.emptyIsUnset), call, id);
        }),
    },
    {
      method: 'PATCH',
      path: one,
      summary: `Change what is given of a ${noun}; null unsets`,
      body: resource.body,
      result: resource.result,
      handle: (call) =>
        write((draft) => {
          const before = get(draft.read(), call);
          const fields = writable(before) as Json;
          const body = resource.patched?.(fields, call.body) ?? merged(fields, call.body, resource.whole);
          return put(draft, withoutNulls(body, resource.emptyIsUnset), call, before.id);
        }),
    },
    {
      method: 'DELETE',
      path: one,
      summary: `Delete a ${noun}`,
      result: resource.deletedResult ?? DELETED,
      handle: (call) => {
        const account = deps.state.read();
        const object = get(account, call);
        deps.state.transact('api', (draft) => draft.delete(kind, object.id));
        return { result: resource.deleted?.(object, account) ?? { id: object.id } };
      },
    },
  ];
}

function partly<K extends Kind>(resource: Resource<K>, method: Method): { readonly partly?: string } {
  const text = resource.partly?.[method];
  return text === undefined ? {} : { partly: text };
}
