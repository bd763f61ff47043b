import type { Socket } from 'node:net';
import type { Deadlines } from '../../../runtime/deadlines.js';
import type { Rng } from '../../../runtime/rng.js';
import type { AccessPolicies } from '../../access/policies.js';
import type { AccessUsers } from '../../access/users.js';
import type { Vantage } from '../../geo/geo.types.js';
import type { Journal } from '../../observe/journal.types.js';
import type { Reach } from '../../reach/reach.js';
import type { AccessUser, VirtualNetwork } from '../../state/objects.js';
import type { Attempt, Reason } from '../../steering/steering.types.js';
import type { FailureKind } from '../../tunnel/connection.js';
import type { EdgeError, EdgeErrorName } from '../edge-errors.js';
import type { FailedAttempts } from '../failed-attempts.js';

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

/** Somebody who waits for a connection. */
export interface PrivateClient {
  /** Nobody reads it from `accepted` on. */
  readonly socket: Socket;
  /** Tells the client that the connection stands. `ray` has the data center behind it. */
  accepted(ray: string): void;
  /** Tells the client that there will be none, and closes. */
  refused(refusal: PrivateRefusal): void;
}

/** Why there is no connection: what failed, or what decided so before anything was tried. */
export type RefusalCause = FailureKind | 'policy' | 'no_route' | 'unknown_network' | 'bad_port';

export interface PrivateRefusal {
  readonly cause: RefusalCause;
  readonly error: EdgeError;
  /** One sentence about this very case. */
  readonly detail: string;
  readonly ray: string;
}

/** What the on-ramp needs to know of the rest of the edge. */
export interface PrivateForwarder {
  readonly users: () => AccessUsers;
  /** Carries the connection out. The client may give up before it stands: the function returned is for that. */
  connect(request: PrivateRequest, client: PrivateClient): () => void;
}

/** Where a connection is to go, once it is known and allowed. */
export interface PrivateDestination {
  /** Canonical. */
  readonly ip: string;
  readonly port: number;
  readonly network: VirtualNetwork;
  readonly vantage: Vantage;
}

/** What an attempt at a connection came to nothing by. */
export interface PrivateFailure {
  readonly error: EdgeErrorName;
  readonly attempt: Attempt;
}

/** The attempts at a connection, lazily. */
export interface PrivatePlan {
  /** Name of the load balancer that has the address. */
  readonly loadBalancer?: string;
  /** Grows as attempts are pulled. */
  readonly reasons: Reason[];
  /** The next endpoint to try, after the one before it has failed like that; undefined when there is none left. */
  next(failed?: PrivateFailure): Attempt | undefined;
}

/** Says what an address of a virtual network stands for. The generator is the connection's own. */
export type PrivatePlanner = (destination: PrivateDestination, rng: Rng) => PrivatePlan;

/** What decides about connections; replaced as a whole when the account changes. */
export interface PrivateView {
  readonly users: AccessUsers;
  readonly policies: AccessPolicies;
  /** All virtual networks, the default one among them. */
  readonly networks: readonly VirtualNetwork[];
}

export interface PrivateDeps {
  readonly view: () => PrivateView;
  readonly plan: PrivatePlanner;
  readonly tunnelName: (id: string) => string | undefined;
  readonly reach: Pick<Reach, 'isFull' | 'open' | 'preview' | 'resolve' | 'whyNone'>;
  /** Seconds in which nothing may move. */
  readonly idleTimeout: () => number;
  readonly journal: Journal;
  readonly deadlines: Deadlines;
  /** Model time, milliseconds since the epoch. */
  readonly now: () => number;
  readonly failedAttempts: Pick<FailedAttempts, 'note'>;
}
