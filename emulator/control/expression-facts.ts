import { defineError } from '../../runtime/errors.js';
import { DATA_CENTERS } from '../geo/data-centers.js';
import type { DataCenter } from '../geo/geo.types.js';
import { unknownDataCenter } from '../geo/geography.js';
import { suggestDataCenters } from '../geo/suggest.js';
import { bytesOf, type FieldValues, fieldValues } from '../steering/expression/index.js';
import type { HttpFacts } from '../steering/steering.types.js';

export const HTTP_VERSIONS = ['HTTP/1.0', 'HTTP/1.1', 'HTTP/2', 'HTTP/3'] as const satisfies HttpFacts['httpVersion'][];

/** A request that an expression is tried with, as people write it. What is left out has the default that is named. */
export interface GivenFacts {
  /** The load balancer's name, or empty. */
  readonly host?: string;
  /** `/` */
  readonly path?: string;
  /** `GET` */
  readonly method?: string;
  /** Name and values; none. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** `127.0.0.1` */
  readonly client_ip?: string;
  /** Missing. */
  readonly asn?: number;
  /** The data center that the request enters; the account's default one. */
  readonly colo?: string;
  /** `HTTP/1.1` */
  readonly http_version?: HttpFacts['httpVersion'];
  /** The host. */
  readonly load_balancer?: string;
}

export const badFact = defineError<{ what: string; value: string; example: string }>('BAD_FACT', {
  status: 400,
  message: (d) => `the request's ${d.what} cannot be ${JSON.stringify(d.value)}`,
  fix: (d) => `give one such as ${d.example}`,
});

/**
 * The values that fields have for a request that somebody describes.
 *
 * @param now model time, milliseconds since the epoch
 * @throws UNKNOWN_DATA_CENTER, BAD_FACT
 */
export function valuesOf(given: GivenFacts, defaultColo: string, now: number): FieldValues {
  const host = (given.host ?? given.load_balancer ?? '').toLowerCase().replace(/:\d+$/, '');
  const path = given.path ?? '/';
  const clientIp = given.client_ip ?? '127.0.0.1';
  if (!path.startsWith('/')) throw badFact({ what: 'path', value: path, example: '/blog?page=2' });
  const { code, region, country, latitude, longitude } = dataCenter(given.colo ?? defaultColo);
  const values = fieldValues(given.load_balancer ?? host, {
    kind: 'http',
    dataCenter: code,
    region,
    dataCenterCountry: country,
    latitude,
    longitude,
    clientIp,
    clientPort: 0,
    ...(given.asn === undefined ? {} : { asn: given.asn }),
    now,
    host: bytesOf(host),
    method: given.method ?? 'GET',
    scheme: 'http',
    path: bytesOf(path),
    headers: Object.entries(given.headers ?? {}).flatMap(([name, values]) =>
      [values].flat().flatMap((value) => [name, bytesOf(value)]),
    ),
    httpVersion: given.http_version ?? 'HTTP/1.1',
  });
  if (!values.clientIp) throw badFact({ what: 'client IP', value: clientIp, example: '203.0.113.7' });
  return values;
}

function dataCenter(code: string): DataCenter {
  const found = DATA_CENTERS.get(code.toUpperCase());
  if (!found) throw unknownDataCenter({ code, suggestions: suggestDataCenters(code), where: 'the request' });
  return found;
}
