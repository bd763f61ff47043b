import type { Reason } from '../steering/steering.types.js';
import type { AttemptTrace } from './journal.types.js';
import type { NamedValue } from './recorded-text.js';

/** HTTP Archive 1.2 (http://www.softwareishard.com/blog/har-12-spec/). Names that begin with "_" are our own, as it allows. */
export interface Har {
  readonly log: {
    readonly version: '1.2';
    readonly creator: { readonly name: string; readonly version: string };
    /** Oldest first. */
    readonly entries: readonly HarEntry[];
  };
}

export interface HarEntry {
  /** ISO 8601, model time. */
  readonly startedDateTime: string;
  /** Milliseconds of model time: the sum of `timings`. */
  readonly time: number;
  readonly request: HarRequest;
  readonly response: HarResponse;
  readonly cache: Record<string, never>;
  /** -1: does not apply. What is not told apart is in `wait`. */
  readonly timings: {
    readonly blocked: -1;
    readonly dns: -1;
    readonly connect: -1;
    readonly ssl: -1;
    readonly send: 0;
    readonly wait: number;
    readonly receive: 0;
  };
  /** The reason that decided. */
  readonly comment?: string;
  readonly _colocal: HarOwn;
}

interface HarMessage {
  /** `HTTP/1.1`. */
  readonly httpVersion: string;
  /** Empty unless they were recorded, as the headers. */
  readonly cookies: readonly NamedValue[];
  readonly headers: readonly NamedValue[];
  /** -1: not known. */
  readonly headersSize: -1;
  readonly bodySize: number;
}

export interface HarRequest extends HarMessage {
  readonly method: string;
  readonly url: string;
  readonly queryString: readonly NamedValue[];
  readonly postData?: {
    readonly mimeType: string;
    readonly params: readonly [];
    readonly text: string;
    readonly comment?: string;
    /** The format has no place to say that `text` is no text. */
    readonly _encoding?: 'base64';
  };
}

export interface HarResponse extends HarMessage {
  /** 0: the client got none. */
  readonly status: number;
  readonly statusText: string;
  readonly content: {
    readonly size: number;
    readonly mimeType: string;
    readonly text?: string;
    readonly encoding?: 'base64';
    readonly comment?: string;
  };
  /** Empty: it leads nowhere. */
  readonly redirectURL: string;
}

/** What only an edge knows, in the spelling of the control API. */
export interface HarOwn {
  readonly ray: string;
  readonly colo: string;
  readonly country?: string;
  readonly client_ip: string;
  readonly load_balancer?: string;
  readonly pool?: string;
  readonly endpoint?: string;
  readonly tunnel?: string;
  readonly connector?: string;
  readonly egress?: string;
  readonly error?: number;
  readonly outcome?: string;
  readonly attempts: readonly Pick<AttemptTrace, 'pool' | 'endpoint' | 'tunnel' | 'status' | 'failure'>[];
  readonly reasons: readonly Reason[];
}
