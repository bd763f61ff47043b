import type { Zone } from '../state/objects.js';
import type { Reason } from '../steering/steering.types.js';
import type { ClientRequest } from './exchange.js';

/** Always Use HTTPS comes before anything that a load balancer does; undefined: nothing is redirected. */
export function httpsRedirect(
  request: ClientRequest,
  zone: Zone | undefined,
): { readonly location: string; readonly reason: Reason } | undefined {
  if (!zone?.settings.always_use_https || request.scheme !== 'http') return undefined;
  return {
    // Without the port: that is where HTTP is spoken.
    location: `https://${request.host}${request.path}`,
    reason: { step: 'zone', subject: zone.name, outcome: 'redirected', detail: 'always_use_https is on' },
  };
}

/** How origins of the zone are spoken to: over TLS or not, and whether their certificate must be valid. */
export function originTls(
  request: ClientRequest,
  zone: Zone | undefined,
): { readonly secure: boolean; readonly verify: boolean } {
  const ssl = zone?.settings.ssl ?? 'full';
  return { secure: request.scheme === 'https' && (ssl === 'full' || ssl === 'strict'), verify: ssl === 'strict' };
}
