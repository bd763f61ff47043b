import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../runtime/clock.js';
import type { Deadlines } from '../../runtime/deadlines.js';
import type { FaultControl } from '../faults/faults.js';
import type { HealthView } from '../health/health.types.js';
import type { Explanation } from '../observe/explanation.types.js';
import type { Events, Journal, RequestTrace } from '../observe/journal.types.js';
import type { Metrics } from '../observe/metrics.js';
import type { Tunnel } from '../state/objects.js';
import type { State } from '../state/state.types.js';
import type { Connection } from '../tunnel/connection.js';
import type { LostConnection, TunnelStanding } from '../tunnel/status.types.js';

/** What the control API shows and steers; the composition root hands it in. */
export interface ControlDeps {
  readonly state: Pick<State, 'read' | 'durable'>;
  readonly journal: Pick<Journal, 'find' | 'follow' | 'list'>;
  readonly events: Pick<Events, 'subscribe' | 'recent'>;
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>;
  readonly clock: Pick<Clock, 'mode' | 'now' | 'advance'>;
  readonly deadlines: Deadlines;
  readonly faults: FaultControl;
  readonly log: { error(fields: Readonly<Record<string, unknown>>, message: string): void };
  /** Whether the configuration is applied and every listener open; one sentence for each thing that is missing. */
  readonly readiness: () => Readiness;
  /** Every connection of every connector. */
  readonly connections: () => Iterable<Connection>;
  readonly tunnelStatus: (tunnel: Tunnel) => TunnelStanding;
  /** A tunnel's connections that broke and are expected back. */
  readonly pendingReconnects: (tunnelId: string) => readonly LostConnection[];
  /** Whether a data center runs: false while a fault has it down. */
  readonly isRunning: (dataCenter: string) => boolean;
  readonly health: HealthView;
  /** What the next request of this form would get. Throws what is wrong with the question, for people. */
  readonly explain: (asked: ExplainQuestion) => Explanation;
  /** Sends a request of the journal once more. Throws RAY_UNKNOWN, and why it cannot be sent, for people. */
  readonly replay: (ray: string, stop: AbortSignal) => Promise<RequestTrace>;
  /** Returns the file's objects to the file, removes the API's, lets faults and health begin anew, clears the journal. */
  readonly reset: () => Promise<void>;
  /** The account as a `colocal.yaml` to start from. */
  readonly exportConfig: (options: { readonly secrets: boolean }) => string;
  /** The certificate authority, as PEM. */
  readonly caPem: () => Promise<string>;
  /** The account's API token, asked for when the listener is not on loopback. */
  readonly token: () => string;
  readonly listeners: () => readonly ListenerAddress[];
  /** The v4 API, loaded by the first request that needs it: it stands on the same listener, and guards itself. */
  readonly clientApi: () => Promise<ClientApi>;
  readonly version: string;
}

/** Answers everything below `/client/v4`. */
export interface ClientApi {
  route(request: IncomingMessage, response: ServerResponse): void;
  close(): Promise<void>;
}

/** What somebody asks about a request that is not sent. */
export interface ExplainQuestion {
  readonly url: string;
  /** Default GET. */
  readonly method?: string;
  /** By name; `Host` takes the place of the URL's. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Where it comes from, as the headers Colocal-Colo, Colocal-Country and Colocal-Client-IP would say. */
  readonly colo?: string;
  readonly country?: string;
  readonly client_ip?: string;
  /** Default 1.1. */
  readonly http_version?: '1.0' | '1.1' | '2';
  /** Also say where it would go after a failure. */
  readonly failover?: boolean;
  /** Of a connection into a private network (`tcp://HOST:PORT`): e-mail address of the user. */
  readonly user?: string;
  /** Name of its virtual network. Default: the default one. */
  readonly network?: string;
  /** Of whoever asks. */
  readonly remoteAddress: string;
  readonly remotePort: number;
}

export interface Readiness {
  readonly ready: boolean;
  readonly missing: readonly string[];
}

export interface ListenerAddress {
  readonly name: string;
  /** As a client would write it, e.g. `http://127.0.0.1:8080`. */
  readonly address: string;
}
