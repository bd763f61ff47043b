import type { FaultHooks } from './faults/fault.types.js';
import { createGeography, type Geography } from './geo/geography.js';
import { roundTripMs } from './geo/round-trip.js';
import { createVantageResolver, type VantageResolver } from './geo/vantage.js';
import { buildRouteTable } from './network/routes.js';
import type { PathView } from './reach/path.js';
import type { AccountSnapshot } from './state/state.types.js';
import { compileSnapshot } from './steering/compile.js';
import type { SteeringSnapshot } from './steering/snapshot.types.js';

/** What the path of a request reads: compiled once per transaction or fault, immutable, replaced as a whole. */
export interface EdgeView {
  readonly account: AccountSnapshot;
  readonly steering: SteeringSnapshot;
  readonly geography: Geography;
  readonly vantage: VantageResolver;
  readonly paths: PathView;
  readonly faults: FaultHooks;
}

export function compileView(account: AccountSnapshot, faults: FaultHooks): EdgeView {
  const geography = createGeography(account.data_centers, faults.running, account.locations);
  const routes = buildRouteTable(account.routes.values());
  const { clients, settings } = account;
  return {
    account,
    steering: compileSnapshot(account),
    geography,
    vantage: faults.ingress(createVantageResolver({ geography, clients, enabled: settings.vantage })),
    paths: {
      hasTunnel: (id) => account.tunnels.has(id),
      lookupRoute: (virtualNetworkId, ip) => routes.lookup(virtualNetworkId, ip),
      locate: (host) => geography.locate(host),
      roundTrip: roundTripMs,
    },
    faults,
  };
}
