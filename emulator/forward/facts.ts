import type { Vantage } from '../geo/geo.types.js';
import type { HttpFacts, Reason } from '../steering/steering.types.js';
import type { ClientRequest } from './exchange.js';

/**
 * A client's request as steering sees it.
 *
 * @param now model time, milliseconds since the epoch
 */
export function factsOf(request: ClientRequest, now: number): HttpFacts {
  const { vantage } = request;
  const { dataCenter } = vantage;
  return {
    kind: 'http',
    host: request.host,
    method: request.method,
    scheme: request.scheme,
    path: request.path,
    headers: request.headers,
    httpVersion: `HTTP/${request.httpVersion}`,
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

/** Why a request enters where it does: the first of its reasons. */
export function vantageReasons({ dataCenter, reasons, faults }: Vantage): Reason[] {
  const entered = reasons.map((detail) => ({ step: 'vantage', subject: dataCenter.code, outcome: 'entered', detail }));
  return [...entered, ...(faults ?? [])];
}
