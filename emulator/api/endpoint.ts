import type * as z from 'zod';
import type { AccountSnapshot, Problem } from '../state/state.types.js';
import type { ApiDeps } from './api.types.js';
import type { Answer } from './envelope.js';
import type { ApiError } from './errors.js';
import type { Json } from './merge.js';
import type { Query } from './query.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A request that an endpoint answers: authenticated, its account and zone known to exist, its body JSON. */
export interface Call {
  /** The path as it was asked for, without the query. */
  readonly path: string;
  /** What stands in the path's places, decoded; '' where there is no such place. */
  param(name: string): string;
  readonly query: Query;
  /** The body, an object; `{}` where the method has none. */
  readonly body: Json;
}

/** One endpoint of the v4 API. */
export interface Endpoint {
  readonly method: Method;
  /**
   * Below `/client/v4`, e.g. `/accounts/:account_id/load_balancers/pools/:pool_id`. `:account_id` must be the account's
   * and `:zone_id` a zone's, else the gateway answers.
   */
  readonly path: string;
  /** One line, for the documentation. */
  readonly summary: string;
  /** What it does not do of what Cloudflare's does; absent when it does all that clients can see. */
  readonly partly?: string;
  /** Names of the query parameters that it acts on. */
  readonly query?: readonly string[];
  /** What the body may be, for the documentation: the state checks what is written. */
  readonly body?: z.ZodType;
  /** The shape of `result`. Tests hold every answer against it. */
  readonly result: z.ZodType;
  /** Answered without credentials. */
  readonly open?: boolean;
  /** The answer. Writers change the state by one transaction; the answer is sent when that is on disk. */
  readonly handle: (call: Call) => Answer | Promise<Answer>;
}

/** A product area: what one of Cloudflare's services answers. */
export interface Area {
  readonly title: string;
  readonly endpoints: (deps: ApiDeps) => readonly Endpoint[];
  /** How this service words what the state refuses (docs/reference/api.md section 3). Never empty. */
  readonly refusal: (problems: readonly Problem[], asked: Refused) => ApiError;
}

/** The request that the state refused, for whoever words it: some texts repeat what was sent. */
export interface Refused {
  readonly body: Json;
  /** As it was before and still is. */
  readonly account: AccountSnapshot;
}
