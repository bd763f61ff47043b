import type { ApiDeps } from './api.types.js';
import { AREAS } from './areas/index.js';
import type { Area, Endpoint } from './endpoint.js';

/** Under which everything is served. */
export const API_PREFIX = '/client/v4';

/** An endpoint, the area it belongs to, and what its paths look like. */
export interface Served {
  readonly area: Area;
  readonly endpoint: Endpoint;
  /** Matches whole paths, prefix included. */
  readonly pattern: RegExp;
}

/** Everything that is served. Endpoints touch what they are given only when they are called. */
export function servedEndpoints(deps: ApiDeps): readonly Served[] {
  return AREAS.flatMap((area) =>
    area.endpoints(deps).map((endpoint) => ({ area, endpoint, pattern: patternOf(endpoint.path) })),
  );
}

/** Matches the whole paths, prefix included, that an endpoint's path stands for. */
export function patternOf(path: string): RegExp {
  const places = path.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : part));
  return new RegExp(`^${API_PREFIX}${places.join('/')}/?$`);
}
