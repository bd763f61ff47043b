import type { Rng } from '../../../runtime/rng.js';
import type { AccessPolicies } from '../../access/policies.js';
import type { AccessUsers } from '../../access/users.js';
import type { Vantage } from '../../geo/geo.types.js';
import type { AccessUser, VirtualNetwork } from '../../state/objects.js';
import type { ConnectionClient, ConnectionDeps, ConnectionPlan } from '../connection/connection.types.js';

/** How somebody came in. */
export type OnRampProtocol = 'socks5' | 'connect';

/** A connection into a private network that somebody wants, as the on-ramp hands it on. */
export interface PrivateRequest {
  readonly protocol: OnRampProtocol;
  /** An IP address without brackets, or a name: as the client wrote it. */
  readonly host: string;
  readonly port: number;
  /** Who it is; absent: nobody has to say. */
  readonly user?: AccessUser;
  /** Name of the virtual network; absent: the default one. */
  readonly network?: string;
  readonly vantage: Vantage;
}

/** What the on-ramp needs to know of the rest of the edge. */
export interface PrivateForwarder {
  readonly users: () => AccessUsers;
  /** Carries the connection out. The client may give up before it stands: the function returned is for that. */
  connect(request: PrivateRequest, client: ConnectionClient): () => void;
}

/** Where a connection is to go, once it is known and allowed. */
export interface PrivateDestination {
  /** Canonical. */
  readonly ip: string;
  readonly port: number;
  readonly network: VirtualNetwork;
  readonly vantage: Vantage;
}

/** Says what an address of a virtual network stands for. The generator is the connection's own. */
export type PrivatePlanner = (destination: PrivateDestination, rng: Rng) => ConnectionPlan;

/** What decides about connections; replaced as a whole when the account changes. */
export interface PrivateView {
  readonly users: AccessUsers;
  readonly policies: AccessPolicies;
  /** All virtual networks, the default one among them. */
  readonly networks: readonly VirtualNetwork[];
}

export interface PrivateDeps extends ConnectionDeps {
  readonly view: () => PrivateView;
  readonly plan: PrivatePlanner;
}
