import type { Place } from '../geo/geo.types.js';
import { parseIp } from '../network/ip-address.js';
import type { Route } from '../state/objects.js';
import { tunnelIdOf } from '../state/tunnel-hostname.js';
import type { Endpoint, Reason } from '../steering/steering.types.js';
import type { FailureKind } from '../tunnel/connection.js';

/** One stretch of a path, with its modelled round trip. */
export interface Leg {
  /** Code of a data center, or `client`. */
  readonly from: string;
  /** Code of a data center, `connector`, or the name of an endpoint. */
  readonly to: string;
  /** Milliseconds (emulator/geo/round-trip.ts). */
  readonly roundTripMs: number;
}

/**
 * How an endpoint is reached.
 *
 * - `public`: dialled from the data center itself.
 * - `tunnel`: a published application; the tunnel's connector picks the service.
 * - `private`: an address behind a route; the tunnel's connector dials it.
 * - `none`: nothing leads there, and why.
 */
export type Path =
  | {
      readonly kind: 'public';
      readonly endpoint: Endpoint;
      readonly host: string;
      readonly port: number;
      readonly secure: boolean;
      readonly legs: readonly Leg[];
    }
  | { readonly kind: 'tunnel'; readonly endpoint: Endpoint; readonly tunnelId: string }
  | {
      readonly kind: 'private';
      readonly endpoint: Endpoint;
      readonly tunnelId: string;
      readonly ip: string;
      readonly port: number;
      readonly secure: boolean;
      readonly route: Route;
    }
  | { readonly kind: 'none'; readonly failure: FailureKind; readonly reason: Reason };

/** A path that leads somewhere. */
export type OpenPath = Exclude<Path, { kind: 'none' }>;

/** What the resolution looks at. */
export interface PathView {
  /** The tunnel exists. */
  hasTunnel(tunnelId: string): boolean;
  lookupRoute(virtualNetworkId: string, ip: string): Route | undefined;
  /** Where a host outside any tunnel stands; undefined: next to the data center. */
  locate(host: string): Place | undefined;
  roundTrip(from: Place, to: Place): number;
}

/**
 * Decides how an endpoint is reached from a data center. Pure; which connection of a tunnel serves is chosen
 * when the path is opened.
 *
 * @param secure whether the origin is spoken to over TLS
 * @see docs/reference/load-balancing.md 9.1 to 9.3
 */
export function resolvePath(
  endpoint: Endpoint,
  from: { readonly code: string } & Place,
  secure: boolean,
  view: PathView,
): Path {
  const tunnelId = tunnelIdOf(endpoint.address);
  if (tunnelId !== undefined) {
    if (view.hasTunnel(tunnelId)) return { kind: 'tunnel', endpoint, tunnelId };
    return none('no_connector', endpoint, `no tunnel has the id ${tunnelId}`);
  }
  const port = endpoint.port || (secure ? 443 : 80);
  if (endpoint.virtualNetworkId !== undefined && parseIp(endpoint.address)) {
    const route = view.lookupRoute(endpoint.virtualNetworkId, endpoint.address);
    if (!route)
      return none(
        'unreachable',
        endpoint,
        `no route of virtual network ${endpoint.virtualNetworkId} covers ${endpoint.address}`,
      );
    return { kind: 'private', endpoint, tunnelId: route.tunnel_id, ip: endpoint.address, port, secure, route };
  }
  const place = view.locate(endpoint.address);
  const roundTripMs = place ? view.roundTrip(from, place) : 0;
  return {
    kind: 'public',
    endpoint,
    host: endpoint.address,
    port,
    secure,
    legs: [{ from: from.code, to: endpoint.name, roundTripMs }],
  };
}

function none(failure: FailureKind, endpoint: Endpoint, detail: string): Path {
  return { kind: 'none', failure, reason: { step: 'path', subject: endpoint.name, outcome: 'none', detail } };
}
