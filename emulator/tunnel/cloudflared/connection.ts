import type { ClientHttp2Session } from 'node:http2';
import type { Duplex, Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Deadline, Deadlines } from '../../../runtime/deadlines.js';
import type { TunnelConfiguration } from '../../state/objects.js';
import {
  type Connection,
  type Exchange,
  FailureError,
  type RequestHead,
  type ResponseHandler,
  type UpgradeResult,
} from '../connection.js';
import { localConfigurationOf } from '../local-configuration.js';
import { saidBy } from '../said-by.js';
import { ConfigurationSender, DIAL_TIMEOUT, dialTimeoutOf, type Numbering } from './configuration.js';
import { ControlStream } from './control-stream.js';
import { BodyDuplex } from './duplex.js';
import { HttpExchange } from './exchange.js';
import { isWebSocket, PURPOSE, requestHeaders, SOURCE } from './headers.js';
import { Liveness } from './liveness.js';
import { answerOf, upgradeResult } from './raw-stream.js';
import type { RegistrationRequest, RegistrationServer } from './registration.types.js';
import type { RpcServer } from './rpc.js';
import { RuleNames } from './rule-names.js';
import { openSession } from './session.js';
import { Streams } from './streams.js';

/** Milliseconds a connector has to say who it is. */
export const REGISTER_WITHIN = 10_000;
/** Milliseconds in which a refused connector has to take note of it. */
const REFUSED_GRACE = 1_000;
/** What becomes of a registration. */
export type RegistrationAnswer =
  | {
      readonly ok: true;
      readonly tunnelId: string;
      readonly dataCenter: string;
      readonly location: string | undefined;
      readonly home: string | undefined;
      readonly remotelyManaged: boolean;
      readonly numbering: Numbering;
    }
  | { readonly ok: false; readonly cause: string; readonly retry: boolean };

export interface CloudflaredConnectionOptions {
  readonly id: string;
  readonly originIp: string;
  readonly openedAt: number;
  readonly socket: TLSSocket;
  readonly deadlines: Deadlines;
  readonly newRpcServer: (server: RegistrationServer) => RpcServer;
  /** Called once, when the connector has said who it is. */
  readonly register: (request: RegistrationRequest, connection: CloudflaredConnection) => RegistrationAnswer;
  /** Called once the answer to its registration is on its way. */
  readonly onRegistered: (connection: CloudflaredConnection) => void;
  /** The connector says that it takes nothing new. */
  readonly onLeaving: (connection: CloudflaredConnection) => void;
  readonly onClosed: (connection: CloudflaredConnection, reason: string) => void;
}

/** A connection of cloudflared: HTTP/2 in which it is the server, over TLS that it dialled. */
export class CloudflaredConnection implements Connection {
  readonly id: string;
  readonly originIp: string;
  readonly openedAt: number;
  readonly capabilities = { upgrade: true, tcp: true } as const;
  tunnelId = '';
  connectorId = '';
  index = 0;
  dataCenter = '';
  version = '';
  location?: string;
  home?: string;
  configVersion = 0;
  localConfiguration?: TunnelConfiguration;
  leaving = false;
  /** It was, even if it is closed by now. */
  registered = false;
  /** It asked, and was told why not. */
  get refused(): boolean {
    return this.answer?.ok === false;
  }

  /** How its connector's configurations are numbered; shared with its other connections. */
  numbering: Numbering = { ahead: 0 };

  private readonly session: ClientHttp2Session;
  private readonly streams: Streams;
  private readonly control: ControlStream;
  private readonly liveness: Liveness;
  private readonly registration: Deadline;
  private readonly rules = new RuleNames();
  private configurations: ConfigurationSender | undefined;
  /** It has rules to answer by: its own, or the first that it was pushed. */
  private configured = false;
  private answer: RegistrationAnswer | undefined;
  private dialTimeout = DIAL_TIMEOUT;
  private reason = '';
  private closed = false;

  constructor(private readonly options: CloudflaredConnectionOptions) {
    const { deadlines, socket } = options;
    this.id = options.id;
    this.originIp = options.originIp;
    this.openedAt = options.openedAt;
    this.session = openSession(socket, {
      // A session that is told to go away sends nothing new.
      goaway: () => this.leave(),
      failed: (reason) => {
        this.reason ||= reason;
      },
      closed: () => this.ended(),
    });
    this.streams = new Streams(this.session, () => (this.gone ? this.reason || 'it is closed' : undefined));
    this.registration = deadlines.after(REGISTER_WITHIN, () => this.close('no registration in time'));
    this.liveness = new Liveness(this.session, deadlines, (reason) => this.close(reason));
    this.control = new ControlStream(this.session, options.newRpcServer(this.registrationServer()), {
      handled: () => this.handled(),
      ended: (reason) => this.controlEnded(reason),
    });
  }

  get accepting(): boolean {
    return this.configured && !this.leaving && !this.gone && !this.full;
  }

  /** It is over, or about to be. */
  private get gone(): boolean {
    return this.closed || this.session.destroyed;
  }

  get full(): boolean {
    return this.streams.full;
  }

  get open(): number {
    return this.streams.size;
  }

  request(head: RequestHead, body: Readable | null, handler: ResponseHandler): Exchange {
    const exchange = new HttpExchange(body, handler, () => this.unreachable(head));
    exchange.start(() => this.streams.open(requestHeaders(head), body === null));
    return exchange;
  }

  async upgrade(head: RequestHead, signal: AbortSignal): Promise<UpgradeResult> {
    const headers = requestHeaders(head);
    // It knows no other protocol: whoever asks for one gets the answer to a plain request.
    if (isWebSocket(head)) headers[PURPOSE] = 'websocket';
    const opened = this.streams.open(headers, headers[PURPOSE] === undefined);
    const answer = await answerOf(opened, signal);
    if (answer.status === 502 && answer.source === 'connector') {
      opened.stream.close();
      throw new FailureError({ kind: 'unspecified', detail: this.unreachable(head), unsent: true });
    }
    return upgradeResult(opened, answer);
  }

  /** It answered 502 by itself, and does not say why. */
  private unreachable({ authority, path }: RequestHead): string {
    const rule = this.rules.of(authority, path);
    const reason = 'cannot reach the service; the log of cloudflared says why';
    return saidBy(this.connectorId, rule === undefined ? reason : `${rule}: ${reason}`);
  }

  async dial(ip: string, port: number, signal: AbortSignal): Promise<Duplex> {
    const { deadlines } = this.options;
    const to = `${ip.includes(':') ? `[${ip}]` : ip}:${port}`;
    const began = deadlines.now();
    const opened = this.streams.open(
      { ':method': 'GET', ':scheme': 'http', ':authority': to, ':path': '/', [SOURCE]: '127.0.0.1:1' },
      false,
    );
    const { status, source } = await answerOf(opened, signal);
    if (status === 200) return new BodyDuplex(opened);
    opened.stream.close();
    const isDial = status === 502 && source === 'connector';
    // It does not say why: only how long it took tells a timeout from the rest.
    const timedOut = isDial && deadlines.now() - began >= this.dialTimeout;
    const said = isDial ? `cannot dial ${to}` : `answered the dial of ${to} with ${status}`;
    const detail = saidBy(this.connectorId, said);
    throw new FailureError({ kind: timedOut ? 'timeout' : 'unspecified', detail, unsent: true });
  }

  /** `networks` are of no use to it: it dials what it is asked to, and the edge asks by its routes alone. */
  async configure(version: number, config: TunnelConfiguration | null): Promise<number> {
    if (this.gone) throw new Error('the connection is closed');
    this.configurations ??= new ConfigurationSender(this.session, this.options.deadlines, this.numbering);
    try {
      if (config) {
        this.configVersion = await this.configurations.send(version, config);
        this.dialTimeout = dialTimeoutOf(config);
        await this.rules.use(config);
      }
      return this.configVersion;
    } finally {
      this.configured = true;
    }
  }

  /** Takes nothing new; cloudflared cannot be told, and finds out when the connection closes. */
  goAway(reason: string): void {
    this.reason ||= reason;
    this.leaving = true;
  }

  /** Calls `listener` whenever the last open stream ends. */
  onIdle(listener: () => void): void {
    this.streams.onIdle(listener);
  }

  redial(reason: string): void {
    this.goAway(reason);
    this.options.onLeaving(this);
    if (this.open === 0) this.close(reason);
    else this.onIdle(() => this.close(reason));
  }

  close(reason: string): void {
    this.reason ||= reason;
    this.session.destroy();
    this.options.socket.destroy();
  }

  /** A connector that unregistered ends this stream; it stays until what is open is done, and is then let go. */
  private controlEnded(reason: string): void {
    if (this.registered && !this.gone) this.leave();
    if (this.open === 0) this.close(this.leaving ? 'the connector left' : reason);
    else this.onIdle(() => this.close('the connector left'));
  }

  private leave(): void {
    if (this.leaving || !this.registered) return;
    this.leaving = true;
    this.options.onLeaving(this);
  }

  private registrationServer(): RegistrationServer {
    return {
      register: (request) => {
        if (this.answer) throw new Error('the connection is registered already');
        this.registration.cancel();
        const answer = this.options.register(request, this);
        this.answer = answer;
        if (!answer.ok) return answer;
        this.tunnelId = answer.tunnelId;
        this.connectorId = request.connectorId;
        this.index = request.index;
        this.version = request.version;
        this.dataCenter = answer.dataCenter;
        if (answer.location !== undefined) this.location = answer.location;
        if (answer.home !== undefined) this.home = answer.home;
        this.numbering = answer.numbering;
        const { remotelyManaged, dataCenter } = answer;
        return { ok: true, id: this.id, locationName: `${dataCenter}01`, remotelyManaged };
      },
      unregister: () => this.leave(),
      updateLocalConfiguration: (config) => {
        this.localConfiguration = localConfigurationOf(JSON.parse(config.toString('utf8')));
        void this.rules.use(this.localConfiguration);
      },
    };
  }

  /** An answer is on its way: what follows from a registration follows now. */
  private handled(): void {
    const { answer } = this;
    if (!answer || this.registered || this.gone) return;
    if (answer.ok) {
      this.registered = true;
      this.liveness.start();
      this.options.onRegistered(this);
    } else this.sendOff(answer.cause);
  }

  /** Closes once the connector has the refusal: it waits for ever otherwise, or never hears why. */
  private sendOff(cause: string): void {
    this.reason ||= cause;
    const grace = this.options.deadlines.after(REFUSED_GRACE, () => this.close(cause));
    this.control.finish(() => {
      if (this.session.destroyed) return;
      // Its answer comes after it has read everything before.
      this.session.ping(() => {
        grace.cancel();
        this.close(cause);
      });
    });
  }

  private ended(): void {
    if (this.closed) return;
    this.closed = true;
    this.reason ||= 'the connector closed the connection';
    this.registration.cancel();
    this.liveness.stop();
    this.options.onClosed(this, this.reason);
  }
}
