import type { Rng } from '../../../runtime/rng.js';
import type { RequestTrace } from '../../observe/journal.types.js';
import type { OpenPath } from '../../reach/path.js';
import type { OpenOptions } from '../../reach/reach.js';
import type { Reason } from '../../steering/steering.types.js';
import type { Connection } from '../../tunnel/connection.js';
import { vantageReasons } from '../facts.js';
import type { PrivateRequest } from './private.types.js';

/** What carrying a connection out and explaining it have in common. */

/** The record of a connection, before anything is decided. */
export function traceOfConnection(request: PrivateRequest, ray: string, startedAt: number): RequestTrace {
  const { vantage, host, port, user, protocol } = request;
  return {
    ray,
    startedAt,
    dataCenter: vantage.dataCenter.code,
    ...(vantage.country === undefined ? {} : { country: vantage.country }),
    clientIp: vantage.clientIp,
    method: 'CONNECT',
    scheme: 'tcp',
    host,
    path: '',
    httpVersion: protocol === 'connect' ? '1.1' : '',
    privateNetwork: { protocol, port, ...(user ? { user: user.email } : {}) },
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
export function openOptions(
  { vantage: { dataCenter, insteadOf, clientIp, country } }: PrivateRequest,
  rng: Rng,
  tried: readonly Connection[],
): OpenOptions {
  const visitor = { ip: clientIp, country: country ?? dataCenter.country };
  return { from: dataCenter, client: insteadOf, tried, rng, serverName: '', verify: false, visitor };
}
