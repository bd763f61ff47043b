import { compilePolicies } from './access/policies.js';
import { accessUsers } from './access/users.js';
import type { FaultHooks } from './faults/fault.types.js';
import type { PrivateView } from './forward/private/private.types.js';
import { createGeography, type Geography } from './geo/geography.js';
import { roundTripMs } from './geo/round-trip.js';
import { createVantageResolver, type VantageResolver } from './geo/vantage.js';
import { buildRouteTable } from './network/routes.js';
import type { PathView } from './reach/path.js';
import type { ReachHook } from './reach/reach.js';
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
  /** What decides about connections into private networks. */
  readonly private: PrivateView;
  readonly faults: FaultHooks;
  /** What ways go through when they are opened. */
  readonly reach: ReachHook;
}

/** @param latency what makes ways take their modelled time, where the account says so */
export function compileView(account: AccountSnapshot, faults: FaultHooks, latency: ReachHook): EdgeView {
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
    private: {
      users: accessUsers(account.access.users),
      policies: compilePolicies(account.access.policies),
      networks: [...account.virtual_networks.values()],
    },
    faults,
    reach: settings.simulate_latency ? behind(latency, faults.reach) : faults.reach,
  };
}

/** An origin that is broken is as far away as it was: what comes of it takes its time too. */
function behind(latency: ReachHook, faults: ReachHook): ReachHook {
  return (opened, path, options) => latency(faults(opened, path, options), path, options);
}
