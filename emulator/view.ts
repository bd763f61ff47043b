import { compilePolicies } from './access/policies.js';
import { accessUsers } from './access/users.js';
import type { EdgeModel } from './edge-model.js';
import type { FaultHooks } from './faults/fault.types.js';
import type { PrivateView } from './forward/private/private.types.js';
import { createGeography, type Geography } from './geo/geography.js';
import { roundTripMs } from './geo/round-trip.js';
import { createVantageResolver, type VantageResolver } from './geo/vantage.js';
import { routeTableOf } from './network/routes.js';
import type { PathView } from './reach/path.js';
import type { ReachHook, ReachHooks } from './reach/reach.js';
import type { AccountSnapshot, StateEvent } from './state/state.types.js';
import { SnapshotCompiler } from './steering/compile.js';
import type { SteeringSnapshot } from './steering/snapshot.types.js';

/** What the path of a request reads: compiled at each transaction or fault, immutable, replaced as a whole. */
export interface EdgeView extends ReachHooks {
  readonly account: AccountSnapshot;
  readonly steering: SteeringSnapshot;
  readonly geography: Geography;
  readonly vantage: VantageResolver;
  readonly paths: PathView;
  /** What decides about connections into private networks. */
  readonly private: PrivateView;
  readonly faults: FaultHooks;
}

/** Compiles views of an account as it changes. What a change is not about is taken over from the view before. */
export class ViewCompiler {
  private readonly steering = new SnapshotCompiler();
  private latest: Pick<EdgeView, 'account' | 'faults' | 'geography' | 'vantage' | 'private'> | undefined;

  /**
   * @param latency what makes ways take their modelled time, where the account says so
   * @param model what ways go through next to the endpoint, and before anything else
   */
  constructor(
    private readonly latency: ReachHook,
    private readonly model?: Pick<EdgeModel, 'innermost' | 'outermost'>,
  ) {}

  /** @param event what led to this account, when it follows from the one that was compiled last */
  compile(account: AccountSnapshot, faults: FaultHooks, event?: StateEvent): EdgeView {
    const routes = routeTableOf(account.routes);
    const geography = this.geographyOf(account, faults);
    const vantage = this.vantageOf(account, faults, geography);
    const privately = this.privateOf(account);
    this.latest = { account, faults, geography, vantage, private: privately };
    return {
      account,
      steering: this.steering.compile(account, event),
      geography,
      vantage,
      paths: {
        hasTunnel: (id) => account.tunnels.has(id),
        lookupRoute: (virtualNetworkId, ip) => routes.lookup(virtualNetworkId, ip),
        locate: (host) => geography.locate(host),
        roundTrip: roundTripMs,
      },
      private: privately,
      faults,
      replicas: faults.replicas,
      reach: this.reachOf(account, faults.reach),
    };
  }

  private reachOf({ settings }: AccountSnapshot, faults: ReachHook): ReachHook {
    const { latency, model } = this;
    const broken = model ? behind(faults, model.innermost) : faults;
    const distant = settings.simulate_latency ? behind(latency, broken) : broken;
    return model ? behind(model.outermost, distant) : distant;
  }

  private privateOf({ access, virtual_networks }: AccountSnapshot): PrivateView {
    const { latest } = this;
    if (latest?.account.access === access && latest.account.virtual_networks === virtual_networks)
      return latest.private;
    return {
      users: accessUsers(access.users),
      policies: compilePolicies(access.policies),
      networks: [...virtual_networks.values()],
    };
  }

  private geographyOf({ data_centers, locations }: AccountSnapshot, { running }: FaultHooks): Geography {
    const { latest } = this;
    const same =
      latest?.account.data_centers === data_centers &&
      latest.account.locations === locations &&
      latest.faults.running === running;
    return same ? latest.geography : createGeography(data_centers, running, locations);
  }

  private vantageOf(account: AccountSnapshot, { ingress }: FaultHooks, geography: Geography): VantageResolver {
    const { clients, settings } = account;
    const { latest } = this;
    const same =
      latest?.geography === geography &&
      latest.account.clients === clients &&
      latest.account.settings.vantage === settings.vantage &&
      latest.faults.ingress === ingress;
    return same ? latest.vantage : ingress(createVantageResolver({ geography, clients, enabled: settings.vantage }));
  }
}

/** First what is nearer to the endpoint: an origin that is broken is as far away as it was, so what comes of it takes its time too. */
function behind(outer: ReachHook, inner: ReachHook): ReachHook {
  return (opened, path, options) => outer(inner(opened, path, options), path, options);
}

/** Whether TLS is spoken here under a host name: what HTTP answers for, and Spectrum applications by their own names. */
export function hasCertificate({ steering, account }: EdgeView, host: string): boolean {
  if (steering.find(host) !== undefined) return true;
  for (const { dns } of account.spectrum.values()) if (dns?.name === host) return true;
  return false;
}

/** Whether this edge itself answers for a host name; a tunnel's own name leads to its connectors. */
export function isServedHere({ steering }: EdgeView, host: string): boolean {
  const found = steering.find(host.toLowerCase());
  return found?.kind === 'load_balancer' || found?.kind === 'dns_record';
}
