import type { Vantage } from '../geo/geo.types.js';
import type { HttpFacts, PrivateFacts, Reason } from '../steering/steering.types.js';
import type { ClientRequest } from './exchange.js';

/**
 * A client's request as steering sees it.
 *
 * @param now model time, milliseconds since the epoch
 */
export function factsOf(request: ClientRequest, now: number): HttpFacts {
  return {
    kind: 'http',
    host: request.host,
    method: request.method,
    scheme: request.scheme,
    path: request.path,
    headers: request.headers,
    httpVersion: `HTTP/${request.httpVersion}`,
    ...placeOf(request.vantage, now),
  };
}

/** Where and when traffic enters, of whatever kind it is. */
export function placeOf(vantage: Vantage, now: number): Place {
  const { dataCenter } = vantage;
  return {
    dataCenter: dataCenter.code,
    region: dataCenter.region,
    dataCenterCountry: dataCenter.country,
    latitude: dataCenter.latitude,
    longitude: dataCenter.longitude,
    ...(vantage.country === undefined ? {} : { country: vantage.country }),
    ...(vantage.asn === undefined ? {} : { asn: vantage.asn }),
    clientIp: vantage.clientIp,
    clientPort: vantage.clientPort,
    now,
  };
}

type Place = Omit<PrivateFacts, 'kind' | 'address'>;

/** Why a request enters where it does: the first of its reasons. */
export function vantageReasons({ dataCenter, reasons, faults }: Vantage): Reason[] {
  const entered = reasons.map((detail) => ({ step: 'vantage', subject: dataCenter.code, outcome: 'entered', detail }));
  return [...entered, ...(faults ?? [])];
}
