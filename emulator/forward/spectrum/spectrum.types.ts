import type { ColocalError } from '../../../runtime/errors.js';
import type { Vantage } from '../../geo/geo.types.js';
import type { SpectrumApplication } from '../../state/objects.js';
import type { SteeringSnapshot } from '../../steering/snapshot.types.js';
import type { Observations } from '../../steering/steering.types.js';
import type { ConnectionClient, ConnectionDeps } from '../connection/connection.types.js';
import type { LiveLoad } from '../live-load.js';
import type { ProxiedConnection } from './proxy-protocol.js';

/** A connection to a Spectrum application, as its listener hands it on. */
export interface SpectrumRequest {
  readonly application: SpectrumApplication;
  /** Where the client connected: what comes in at a port goes out to it, where the endpoint has none of its own. */
  readonly port: number;
  readonly vantage: Vantage;
}

/** What the listeners need to know of the rest of the edge. */
export interface SpectrumForwarder {
  /**
   * Carries the connection out. The client may give up before it stands: the function returned is for that.
   *
   * @param addresses the client's and the listener's, for the PROXY protocol
   */
  connect(request: SpectrumRequest, client: ConnectionClient, addresses: ProxiedConnection): () => void;
  /** Records a client that can enter nowhere. */
  turnedAway(application: SpectrumApplication, port: number, clientIp: string, error: ColocalError): void;
}

export interface SpectrumDeps extends ConnectionDeps {
  readonly snapshot: () => SteeringSnapshot;
  readonly observations: Observations;
  /** Connections count where exchanges of HTTP do. */
  readonly live: LiveLoad;
}
