import type { Rng } from '../../runtime/rng.js';
import type { RefusedRequest } from './exchange.js';
import type { ForwardDeps } from './forward.types.js';

/**
 * Records a request that ingress answered with an error itself, and gives it a ray.
 *
 * @returns the ray, with the data center's code behind it where one is known
 */
export function recordRefused(deps: ForwardDeps, rng: Rng, refused: RefusedRequest): string {
  const { error, vantage, method, scheme, host, path, httpVersion, clientIp } = refused;
  const ray = rng.hex(8);
  const now = deps.now();
  const dataCenter = vantage?.dataCenter.code ?? '';
  deps.metrics.requestStarted();
  deps.metrics.requestFinished('', dataCenter, error.status, 0);
  deps.journal.record({
    ray,
    startedAt: now,
    endedAt: now,
    dataCenter,
    ...(vantage?.country === undefined ? {} : { country: vantage.country }),
    clientIp: vantage?.clientIp ?? clientIp,
    method,
    scheme,
    host,
    path,
    httpVersion,
    status: error.status,
    ...(error.code === undefined ? {} : { error: error.code }),
    requestBytes: 0,
    responseBytes: 0,
    attempts: [],
    reasons: [{ step: 'ingress', outcome: 'refused', detail: error.detail }],
    outcome: 'complete',
  });
  return dataCenter === '' ? ray : `${ray}-${dataCenter}`;
}
