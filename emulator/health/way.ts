import type { Path } from '../reach/path.js';
import type { Reach } from '../reach/reach.js';
import { endpointOf } from './probes/ways.js';
import type { Watched } from './watches.js';

type Resolver = Pick<Reach, 'resolve'>;

/** How a watched endpoint is reached: the same from every data center, but for where the tunnel is entered. */
function pathOf(watched: Watched, reach: Resolver): Path | undefined {
  const { origin, monitor, dataCenters } = watched;
  const from = dataCenters[0];
  return from && reach.resolve(endpointOf(watched, monitor.port || origin.port), from, monitor.type === 'https');
}

/** The tunnel that leads to it, if one does. */
export function tunnelOf(watched: Watched, reach: Resolver): string | undefined {
  const path = pathOf(watched, reach);
  return path?.kind === 'tunnel' || path?.kind === 'private' ? path.tunnelId : undefined;
}

/** Equal for equal ways. */
export function wayOf(watched: Watched, reach: Resolver): string {
  const path = pathOf(watched, reach);
  switch (path?.kind) {
    case undefined:
    case 'none':
    case 'public':
      return path?.kind ?? 'none';
    case 'tunnel':
      return `tunnel ${path.tunnelId}`;
    case 'private':
      return `route ${path.route.id} to tunnel ${path.tunnelId}`;
  }
}
