import { didYouMean } from '../../../runtime/did-you-mean.js';
import type { FieldValues } from './field-values.js';
import type { Type, Value } from './types.js';

export interface FieldDefinition {
  readonly type: Type;
  /** undefined: the value is missing. */
  read(values: FieldValues): Value | undefined;
}

/** A field of DNS-only load balancers: an HTTP request has no value for it. */
const ofDns = (type: Type): FieldDefinition => ({ type, read: () => undefined });

/** Every field that rules of a load balancer know (docs/reference/load-balancing.md 8.2). */
export const FIELDS: ReadonlyMap<string, FieldDefinition> = new Map<string, FieldDefinition>([
  ['cf.load_balancer.name', { type: 'String', read: (values) => values.loadBalancerName }],
  ['cf.load_balancer.region', { type: 'String', read: (values) => values.region }],
  ['ip.src', { type: 'IP address', read: (values) => values.clientIp }],
  ['ip.src.asnum', { type: 'Integer', read: (values) => values.asn }],

  ['http.cookie', { type: 'String', read: (values) => values.cookie }],
  ['http.host', { type: 'String', read: (values) => values.host }],
  ['http.referer', { type: 'String', read: (values) => values.referer }],
  ['http.request.headers', { type: 'Map<Array<String>>', read: (values) => values.headers }],
  ['http.request.method', { type: 'String', read: (values) => values.method }],
  ['http.request.timestamp.sec', { type: 'Integer', read: (values) => values.seconds }],
  ['http.request.uri', { type: 'String', read: (values) => values.target }],
  ['http.request.uri.path', { type: 'String', read: (values) => values.path }],
  ['http.request.uri.query', { type: 'String', read: (values) => values.query }],
  ['http.request.uri.args', { type: 'Map<Array<String>>', read: (values) => values.args.byName }],
  ['http.request.uri.args.names', { type: 'Array<String>', read: (values) => values.args.names }],
  ['http.request.uri.args.values', { type: 'Array<String>', read: (values) => values.args.values }],
  ['http.request.version', { type: 'String', read: (values) => values.version }],

  ['dns.qry.name', ofDns('String')],
  ['dns.qry.name.len', ofDns('Integer')],
  ['dns.qry.qu', ofDns('Boolean')],
  ['dns.qry.type', ofDns('Integer')],
  ['dns.rr.opt.client', ofDns('Boolean')],
  ['dns.rr.opt.client.addr', ofDns('String')],
]);

/** Fields of other products that people reach for, and what there is in their place. */
const INSTEAD: Readonly<Record<string, string>> = {
  'http.user_agent': 'use any(http.request.headers["user-agent"][*] contains "...")',
  'http.x_forwarded_for': 'use any(http.request.headers["x-forwarded-for"][*] contains "...")',
  'http.request.full_uri': 'use http.host and http.request.uri',
  'http.request.headers.names': 'use len(http.request.headers["name"]) ge 1 to see whether a header is there',
  'ip.geoip.asnum': 'use ip.src.asnum',
  'ip.geoip.country': 'steer by country with country_pools',
  'ip.src.country': 'steer by country with country_pools',
  true: 'leave the condition empty, for every request',
  false: 'set disabled: true for a rule that is not to apply',
};

/** That a name is no field, and which one it was probably meant to be. */
export function whyNoField(name: string): string {
  const suggestion = Object.hasOwn(INSTEAD, name) ? '' : didYouMean(name, FIELDS.keys());
  return `there is no field ${name}${suggestion}`;
}

/** What to write in place of a field that rules do not know. */
export function insteadOfField(name: string): string {
  const instead = INSTEAD[name];
  if (instead !== undefined) return instead;
  const alike = [...FIELDS.keys()].filter((known) => known.split('.')[0] === name.split('.')[0]);
  return `the fields are ${(alike.length > 0 ? alike : [...FIELDS.keys()]).join(', ')}`;
}
