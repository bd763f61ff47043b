import type { AddressInfo, Socket } from 'node:net';
import type { SecureContext, Server, TLSSocket } from 'node:tls';
import { MAX_CONNECTION_INDEX } from '../../../protocol/messages.js';
import type { Deadlines } from '../../../runtime/deadlines.js';
import type { AccountSnapshot } from '../../state/state.types.js';
import { type Authentication, authenticateToken } from '../authenticate.js';
import type { Connection } from '../connection.js';
import { drained } from '../drained.js';
import type { Assignment, Candidate } from '../homes.js';
import { CloudflaredConnection, type RegistrationAnswer } from './connection.js';
import type { RegistrationRequest } from './registration.types.js';
import { Repeats } from './repeats.js';
import { createTlsServer, explained } from './tls.js';

/** What cloudflared takes as "this edge has this connection already": it tries another address. */
const DUPLICATE = 'EDUPCONN';

export interface CloudflaredListenerOptions {
  readonly account: () => AccountSnapshot;
  readonly deadlines: Deadlines;
  /** Model time, milliseconds since the epoch. */
  readonly now: () => number;
  readonly newId: () => string;
  readonly secureContext: () => Promise<SecureContext>;
  /** Connections of a tunnel that are registered. */
  readonly connectionsOf: (tunnelId: string) => Iterable<Connection>;
  /** IATA code of where a connector at this address stands, where something says so. */
  readonly locate: (address: string) => string | undefined;
  /** Where a connection shall end, or why it is not taken. */
  readonly assign: (candidate: Candidate) => Assignment;
  readonly onConnected: (connection: Connection) => void;
  /** A connector takes nothing new; what is open goes on. */
  readonly onLeaving: (connection: Connection) => void;
  readonly onDisconnected: (connection: Connection, reason: string) => void;
  readonly onRefused: (address: string, code: string, message: string) => void;
  /** Something went wrong before anybody knew who it was. The same is told once a minute. */
  readonly onUnknown: (address: string, reason: string) => void;
  /** A mistake of ours; that connection was closed. */
  readonly onError: (error: unknown) => void;
}

/** An address at which cloudflared dials in. */
export interface DialledAddress {
  /** As it was asked for. */
  readonly host: string;
  readonly port: number;
  /** Code of the data center in which everything that dials this address ends while that runs. */
  readonly dataCenter?: string;
}

/** Where cloudflared dials in: one or more addresses, each of which may belong to a data center. */
export class CloudflaredListener {
  /** The addresses that are open. */
  readonly addresses: DialledAddress[] = [];
  private readonly servers: Server[] = [];
  /** Whatever was accepted, in whatever state. */
  private readonly sockets = new Set<Socket>();
  private rpc: typeof import('./rpc.js') | undefined;
  private readonly connections = new Set<CloudflaredConnection>();

  private readonly repeats: Repeats;

  constructor(private readonly options: CloudflaredListenerOptions) {
    this.repeats = new Repeats(options.deadlines);
  }

  /**
   * Opens one address. Rejects with Node's own error, which the caller names.
   *
   * @param dataCenter code of the data center in which everything that dials this address ends while that runs
   */
  listen(host: string, port: number, dataCenter: string | undefined): Promise<AddressInfo> {
    const { options } = this;
    const server = createTlsServer({
      secureContext: async () => {
        // With the certificate, so by the first that dials: a start without any connector shall not pay for either.
        const [context, rpc] = await Promise.all([options.secureContext(), import('./rpc.js')]);
        this.rpc = rpc;
        return context;
      },
      onSecure: (socket) => this.accept(socket, dataCenter),
      onFailed: (address, reason) => this.cameToNothing(address, reason),
    });
    this.servers.push(server);
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        // Accepting can fail later, for want of descriptors: the listener goes on when there are some again.
        server.on('error', options.onError);
        const address = server.address() as AddressInfo;
        this.addresses.push({ host, port: address.port, ...(dataCenter === undefined ? {} : { dataCenter }) });
        resolve(address);
      });
    });
  }

  private accept(socket: TLSSocket, dataCenter: string | undefined): void {
    const { options, rpc } = this;
    socket.on('error', () => socket.destroy());
    if (!rpc) {
      socket.destroy();
      return;
    }
    const originIp = socket.remoteAddress ?? '';
    const connection = new CloudflaredConnection({
      id: options.newId(),
      originIp,
      openedAt: options.now(),
      socket,
      deadlines: options.deadlines,
      newRpcServer: (server) => new rpc.RpcServer(server),
      register: (request, asking) => this.register(request, asking, dataCenter),
      onRegistered: options.onConnected,
      onLeaving: options.onLeaving,
      onClosed: (closed, reason) => {
        this.connections.delete(closed);
        if (closed.registered) options.onDisconnected(closed, reason);
        else if (!closed.refused) this.cameToNothing(originIp, reason);
      },
    });
    this.connections.add(connection);
  }

  private cameToNothing(address: string, reason: string): void {
    const why = explained(reason);
    if (this.repeats.isNew(`${address} ${why}`)) this.options.onUnknown(address, why);
  }

  private register(
    request: RegistrationRequest,
    { originIp }: CloudflaredConnection,
    home: string | undefined,
  ): RegistrationAnswer {
    const refuse = (code: string, reason: string, cause: string, retry: boolean): RegistrationAnswer => {
      this.options.onRefused(originIp, code, reason);
      return { ok: false, cause, retry };
    };
    const { tunnelId, connectorId, index } = request;
    const token = { accountId: request.accountTag, tunnelId, secret: request.secret };
    const authentication = authenticateToken(token, this.options.account());
    if (!authentication.ok) return refuse(authentication.code, authentication.message, causeOf(authentication), false);
    if (index > MAX_CONNECTION_INDEX) {
      const reason = `connection index ${index} is above ${MAX_CONNECTION_INDEX}`;
      return refuse('REFUSED', reason, reason, false);
    }
    if (!request.replaceExisting && this.isThere(request))
      return refuse(DUPLICATE, `connection ${index} of connector ${connectorId} is there already`, DUPLICATE, true);
    const location = home ?? this.options.locate(originIp);
    const candidate = { tunnelId, connectorId, index, location, ...(home === undefined ? {} : { home }) };
    const assignment = this.options.assign(candidate);
    if (!assignment.ok) {
      const { reason, retry = true } = assignment;
      return refuse(retry ? 'NOT_NOW' : 'REFUSED', reason, reason, retry);
    }
    return {
      ok: true,
      tunnelId,
      dataCenter: assignment.dataCenter,
      location,
      home,
      remotelyManaged: authentication.tunnel.config_src === 'cloudflare',
      numbering: this.numberingOf(connectorId),
    };
  }

  private isThere({ tunnelId, connectorId, index }: RegistrationRequest): boolean {
    for (const other of this.options.connectionsOf(tunnelId))
      if (other.connectorId === connectorId && other.index === index && !other.leaving) return true;
    return false;
  }

  private numberingOf(connectorId: string): CloudflaredConnection['numbering'] {
    for (const other of this.connections) if (other.connectorId === connectorId) return other.numbering;
    return { ahead: 0 };
  }

  /** Gives nobody anything new, waits for what is open until `grace` milliseconds of real time have passed, then ends the rest. */
  async close(grace: number): Promise<void> {
    const closed = this.servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const connection of this.connections) connection.goAway('the edge is shutting down');
    await drained(this.connections, grace, this.options.deadlines);
    for (const connection of this.connections) connection.close('the edge is shutting down');
    for (const socket of this.sockets) socket.destroy();
    await Promise.all(closed);
  }
}

/** In Cloudflare's words: after one with Unauthorized in it cloudflared goes on trying, as the account may be put right. */
function causeOf(refusal: Extract<Authentication, { ok: false }>): string {
  return refusal.code === 'TUNNEL_UNKNOWN' ? 'Unauthorized: Tunnel not found' : 'Unauthorized: Invalid tunnel secret';
}
