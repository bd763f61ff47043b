import type { AttemptTrace, RequestTrace } from './journal.types.js';

/** Which requests are meant. Everything that is given must fit; what is not given does not matter. */
export interface RequestFilter {
  /** Host name, in any case, without port; of a connection into a private network, the address. */
  readonly host?: string;
  /** Name of a pool that was tried, whether or not it answered. */
  readonly pool?: string;
  /** The same of an endpoint. */
  readonly endpoint?: string;
  /** The same of a tunnel. */
  readonly tunnel?: string;
  /** What the client was answered: `503`, or `5xx` for a hundred of them. */
  readonly status?: string | number;
  /** Name of a fault that had a part in it; `any` for whichever. */
  readonly fault?: string;
}

/** What {@link RequestFilter} has, in the order in which people are told. */
export const FILTERS = [
  'host',
  'pool',
  'endpoint',
  'tunnel',
  'status',
  'fault',
] as const satisfies readonly (keyof RequestFilter)[];

/** What a filter's status looks like. */
export const STATUS_PATTERN = /^[1-5](?:\d\d|xx)$/i;

export const ANY_FAULT = 'any';

type Matches = (trace: RequestTrace) => boolean;

/** Whether a request fits; undefined when every one does. */
export function matcherOf({ host, pool, endpoint, tunnel, status, fault }: RequestFilter): Matches | undefined {
  const conditions: Matches[] = [];
  if (host !== undefined) conditions.push(hasHost(host));
  if (pool !== undefined) conditions.push(tried('pool', pool));
  if (endpoint !== undefined) conditions.push(tried('endpoint', endpoint));
  if (tunnel !== undefined) conditions.push(tried('tunnel', tunnel));
  if (status !== undefined) conditions.push(hasStatus(String(status)));
  if (fault !== undefined) conditions.push(hadFault(fault));
  const [first, ...rest] = conditions;
  if (!first || rest.length === 0) return first;
  return (trace) => conditions.every((condition) => condition(trace));
}

function hasHost(host: string): Matches {
  const wanted = host.toLowerCase();
  return (trace) => trace.host.toLowerCase() === wanted;
}

function tried(what: keyof Pick<AttemptTrace, 'pool' | 'endpoint' | 'tunnel'>, name: string): Matches {
  return ({ attempts }) => attempts.some((attempt) => attempt[what] === name);
}

function hasStatus(text: string): Matches {
  if (!text.toLowerCase().endsWith('xx')) return ({ status }) => status === Number(text);
  const hundreds = Number(text[0]);
  return ({ status }) => status !== undefined && Math.floor(status / 100) === hundreds;
}

function hadFault(name: string): Matches {
  const fits = name === ANY_FAULT ? () => true : (subject: string | undefined) => subject === name;
  return ({ reasons }) => reasons.some(({ step, subject }) => step === 'fault' && fits(subject));
}
