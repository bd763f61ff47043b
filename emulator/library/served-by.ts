import { didYouMean } from '../../runtime/did-you-mean.js';
import type { RequestTrace } from '../observe/journal.types.js';
import { renderTrace } from '../observe/request-tree.js';
import { badOption, isRecord, shown } from './options.js';

/** Who answered a request: everything that is given must fit. */
export interface ServedBy {
  readonly pool?: string;
  readonly endpoint?: string;
  readonly tunnel?: string;
  /** UUID of the connector. */
  readonly connector?: string;
  /** Code of the data center in which the request entered. */
  readonly colo?: string;
  /** Code of the data center in which the tunnel ends. */
  readonly egress?: string;
  /** Name of the load balancer. */
  readonly lb?: string;
}

const KEYS = ['pool', 'endpoint', 'tunnel', 'connector', 'colo', 'egress', 'lb'] as const satisfies (keyof ServedBy)[];

/** What is checked of whoever answered, as a reader says it: `pool "web", endpoint "web-a"`. */
export function textOf(served: ServedBy): string {
  const given = KEYS.filter((key) => served[key] !== undefined).map((key) => `${key} "${served[key]}"`);
  return given.length === 0 ? 'nobody' : given.join(', ');
}

/** @throws BAD_OPTION */
export function checkServedBy(call: string, wanted: unknown): asserts wanted is ServedBy {
  const example = `say who, e.g. { pool: 'web', endpoint: 'web-a' }; there are ${KEYS.join(', ')}`;
  if (!isRecord(wanted) || Object.keys(wanted).length === 0)
    throw badOption({ call, problem: `cannot use ${shown(wanted)}`, fix: example });
  for (const [key, value] of Object.entries(wanted)) {
    if (!KEYS.some((known) => known === key))
      throw badOption({ call, problem: `knows no ${JSON.stringify(key)}${didYouMean(key, KEYS)}`, fix: example });
    if (value !== undefined && typeof value !== 'string')
      throw badOption({ call, problem: `cannot compare ${key} with ${shown(value)}`, fix: 'names and codes are text' });
  }
}

/** Whether whoever answered is the one that was wanted. */
export function fits(served: ServedBy, wanted: ServedBy): boolean {
  return KEYS.every((key) => wanted[key] === undefined || wanted[key] === served[key]);
}

/** From the response header `Colocal-Route`, an RFC 8941 dictionary (route-header.ts writes it). */
export function servedByHeader(header: string): ServedBy {
  const served: Partial<Record<keyof ServedBy, string>> = {};
  for (const [, key = '', value = ''] of header.matchAll(/([a-z]+)="((?:[^"\\]|\\.)*)"/g)) {
    const known = KEYS.find((each) => each === key);
    if (known) served[known] = value.replace(/\\(.)/g, '$1');
  }
  return served;
}

/** From what the journal knows: the last attempt is the one that answered. */
export function servedByTrace({ dataCenter, loadBalancer, pool, attempts }: RequestTrace): ServedBy {
  const last = attempts.at(-1);
  const at = last && { endpoint: last.endpoint, tunnel: last.tunnel, connector: last.connector, egress: last.egress };
  const found = { colo: dataCenter, lb: loadBalancer, pool: last?.pool ?? pool, ...at };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

/** How a request went, and why, as a part of a longer text. */
export function story(trace: RequestTrace | undefined): string {
  if (!trace) return '';
  return `\n\nhow it went:\n${renderTrace(trace).replace(/^/gm, '  ')}`;
}

const traces = new WeakMap<object, () => RequestTrace | undefined>();

/** A response remembers where its story is kept. */
export function rememberTrace(response: Response, find: (ray: string) => RequestTrace | undefined): Response {
  const ray = response.headers.get('cf-ray');
  if (ray !== null) traces.set(response, () => find(ray));
  return response;
}

/** What the journal knows of a response that `emu.fetch` gave. */
export const traceOf = (response: object): RequestTrace | undefined => traces.get(response)?.();
