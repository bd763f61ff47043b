import type { Rng } from '../../../runtime/rng.js';
import type { Vantage } from '../../geo/geo.types.js';
import type { RequestTrace } from '../../observe/journal.types.js';
import type { OpenPath } from '../../reach/path.js';
import type { OpenOptions } from '../../reach/reach.js';
import type { Reason } from '../../steering/steering.types.js';
import type { Connection } from '../../tunnel/connection.js';
import { vantageReasons } from '../facts.js';

/** What carrying a connection out and explaining it have in common. */

/** What a record says of the kind of connection it is about. */
export type ConnectionKind = Pick<RequestTrace, 'host' | 'httpVersion' | 'privateNetwork' | 'spectrum'>;

/** The record of a connection, before anything is decided. */
export function traceOfConnection(
  vantage: Vantage,
  kind: ConnectionKind,
  ray: string,
  startedAt: number,
): RequestTrace & { readonly reasons: Reason[] } {
  return {
    ray,
    startedAt,
    dataCenter: vantage.dataCenter.code,
    ...(vantage.country === undefined ? {} : { country: vantage.country }),
    clientIp: vantage.clientIp,
    method: 'CONNECT',
    scheme: 'tcp',
    path: '',
    ...kind,
    requestBytes: 0,
    responseBytes: 0,
    attempts: [],
    reasons: vantageReasons(vantage),
  };
}

/** Which route leads to an address; absent for what no route leads to, as the public endpoints of a load balancer. */
export function routeReason(path: OpenPath, tunnel: string | undefined): Reason | undefined {
  if (path.kind !== 'private') return undefined;
  const detail = `it covers ${path.ip} and leads to tunnel ${tunnel ?? path.tunnelId}`;
  return { step: 'route', subject: path.route.network, outcome: 'chosen', detail };
}

/** Plain TCP: what is spoken over it is the client's business. */
export function openOptions({ dataCenter, insteadOf }: Vantage, rng: Rng, tried: readonly Connection[]): OpenOptions {
  return { from: dataCenter, client: insteadOf, tried, rng, serverName: '', verify: false };
}
