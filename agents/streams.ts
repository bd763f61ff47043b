import { type OpenMessage, ResetCause } from '../protocol/messages.js';
import type { ProtocolStream, StreamHandler } from '../protocol/stream.js';
import type { Deadlines } from '../runtime/deadlines.js';
import type { BoundRule, Configuration } from './configuration/configuration.js';
import type { Failures } from './failures.js';
import { bastionDestination } from './ingress/bastion.js';
import { HELLO_WORLD_PAGE } from './ingress/hello-world.js';
import { authorityOf, type Service } from './ingress/service.js';
import type { Counters } from './metrics.js';
import { requestHeaders } from './origin/headers.js';
import { type ExchangeEnd, HttpExchange, type HttpOpen } from './origin/http.js';
import { TcpOverWebSocket, webSocketKey } from './origin/tcp-over-websocket.js';
import { UpgradeExchange } from './origin/upgrade.js';
import type { Flows } from './private/flows.js';
import type { AddressMaps } from './private/maps.js';
import { canonicalIp } from './private/networks.js';
import { openTcp } from './private/tcp.js';

type TcpService = Extract<Service, { kind: 'tcp' | 'bastion' }>;

const NEEDS_WEB_SOCKET = Buffer.from(
  'This host name leads to a TCP service: reach it with `cloudflared access tcp --hostname NAME --url localhost:PORT`.\n',
);

/** Decides what each stream that the edge opens is connected to. One for each connection. */
export class Streams {
  /** Exchanges that opened in the message being read, whose body may still be in it. */
  private opened: HttpExchange[] = [];

  constructor(
    private readonly connectorId: string,
    private readonly configuration: Configuration,
    private readonly maps: AddressMaps,
    private readonly deadlines: Deadlines,
    private readonly counters: Counters,
    private readonly flows: Flows,
    private readonly failures: Failures,
  ) {}

  open(stream: ProtocolStream, message: OpenMessage): StreamHandler {
    this.counters.opened(message.kind);
    return message.kind === 'tcp' ? this.tcp(stream, message.ip, message.port) : this.http(stream, message);
  }

  /** The message is read to its end. */
  messageRead(): void {
    if (this.opened.length === 0) return;
    const { opened } = this;
    this.opened = [];
    for (const exchange of opened) exchange.begin();
  }

  private http(stream: ProtocolStream, message: HttpOpen): StreamHandler {
    const rule = this.configuration.match(message.authority, message.path);
    if (!rule) {
      // As cloudflared answers (docs/reference/cloudflared-wire.md 6).
      const detail = 'no ingress rule: the tunnel has no configuration, so every request is answered 503';
      return this.answer(stream, message, { status: 503, detail });
    }
    const { service, text } = rule;
    switch (service.kind) {
      case 'status': {
        const { status, source } = service;
        if (source === undefined)
          return this.answer(stream, message, { status, detail: `${text} answers ${status}`, level: 'info' });
        const detail = `${text}: this connector does not serve that, so it answers ${status}`;
        return this.answer(stream, message, { status, source, detail });
      }
      case 'hello_world':
        return this.answer(stream, message, {
          status: 200,
          headers: ['Content-Type', 'text/html; charset=utf-8'],
          body: HELLO_WORLD_PAGE,
        });
      case 'origin':
        return this.toOrigin(stream, message, rule);
      case 'tcp':
      case 'bastion':
        return this.toTcpService(stream, message, service, rule);
    }
  }

  private toOrigin(stream: ProtocolStream, message: HttpOpen, rule: BoundRule): StreamHandler {
    const { pool } = rule;
    if (!pool) throw new Error(`the rule for ${message.authority} has no pool`);
    const override = rule.originRequest.httpHostHeader;
    const host = override || message.authority;
    const headers = requestHeaders(message.headers, {
      host,
      forwardedHost: override ? message.authority : undefined,
      connectorId: this.connectorId,
    });
    const { kind } = message;
    const unchunked = rule.originRequest.disableChunkedEncoding;
    const destination = { pool, serverName: pool.serverName(host), unchunked, rule: rule.text };
    const ended = (end: ExchangeEnd): void => this.ended(kind, end);
    if (kind === 'upgrade') return new UpgradeExchange(stream, message, headers, destination, this.deadlines, ended);
    const exchange = new HttpExchange(stream, message, headers, destination, ended);
    this.opened.push(exchange);
    return exchange;
  }

  private toTcpService(
    stream: ProtocolStream,
    message: HttpOpen,
    service: TcpService,
    { originRequest, text }: BoundRule,
  ): StreamHandler {
    const { kind } = message;
    const key = kind === 'upgrade' ? webSocketKey(message.headers) : undefined;
    if (key === undefined) {
      return this.answer(stream, message, {
        status: 400,
        headers: ['Content-Type', 'text/plain; charset=utf-8'],
        body: NEEDS_WEB_SOCKET,
        source: 'connector',
        detail: `${text} is a TCP service, and the request asks for no WebSocket: answered 400`,
      });
    }
    const place = service.kind === 'tcp' ? service : bastionDestination(message.headers);
    if ('problem' in place) {
      const detail = `${text}: ${place.problem}`;
      return this.answer(stream, message, { status: 502, source: 'connector', detail });
    }
    const elsewhere = this.maps.detour(place.host, place.port);
    const target = { ...originRequest, host: place.host, port: place.port, elsewhere, halfOpen: true };
    return new TcpOverWebSocket(stream, key, target, text, this.deadlines, (end) => this.ended(kind, end));
  }

  private tcp(stream: ProtocolStream, address: string, port: number): StreamHandler {
    const { configuration, flows } = this;
    const ip = canonicalIp(address);
    const mapped = ip === undefined ? undefined : this.maps.lookup(ip, port);
    const name = `private address ${authorityOf({ host: ip ?? address, port })}`;
    if (ip === undefined || (!mapped && !configuration.networks.allows(ip)))
      return this.refuse(stream, ResetCause.NOT_ALLOWED, `${name}: no route of this tunnel covers ${address}`);
    const { warpRouting } = configuration;
    const { maxActiveFlows } = warpRouting;
    if (!flows.acquire(maxActiveFlows)) {
      const why = `no more connections than warp-routing.maxActiveFlows allows, ${maxActiveFlows}, may be open at once`;
      return this.refuse(stream, ResetCause.FLOW_LIMIT, `${name}: ${why}`);
    }
    return openTcp(stream, mapped ?? { host: ip, port }, name, warpRouting, this.deadlines, (cause, detail) => {
      flows.release();
      if (cause === undefined) this.ended('tcp', { status: 200 });
      else this.ended('tcp', detail === undefined ? { cause } : { cause, detail });
    });
  }

  /** Nothing is dialled. */
  private refuse(stream: ProtocolStream, cause: ResetCause, detail: string): StreamHandler {
    stream.reset(cause, detail, true);
    this.ended('tcp', { cause, detail });
    return DISCARD;
  }

  private ended(kind: OpenMessage['kind'], end: ExchangeEnd): void {
    this.counters.ended(kind, end);
    if (end.detail === undefined) return;
    if ('cause' in end) this.failures.failed(end.cause, end.detail);
    else this.failures.answered('warn', end.status, end.detail);
  }

  /** Answers in the origin's place, as the rule says. */
  private answer(
    stream: ProtocolStream,
    { kind, method }: HttpOpen,
    { status, headers = [], body, source = 'origin', detail, level = 'warn' }: OwnAnswer,
  ): StreamHandler {
    const length = String(body?.length ?? 0);
    const said = detail === undefined ? {} : { detail };
    stream.head({
      status,
      headers: bodyless(status) ? headers : [...headers, 'Content-Length', length],
      source,
      ...said,
    });
    if (body && method !== 'HEAD') stream.write(body);
    stream.end();
    this.counters.ended(kind, { status });
    if (detail !== undefined) this.failures.answered(level, status, detail);
    // Nobody wants the request's body; it is taken off the wire so that the client can finish.
    return { ...DISCARD, data: (chunk) => stream.consumed(chunk.length) };
  }
}

/** What the connector answers by itself. */
interface OwnAnswer {
  readonly status: number;
  readonly headers?: readonly string[];
  readonly body?: Buffer;
  /** Default `origin`: the rule says so. */
  readonly source?: 'origin' | 'connector';
  /** The rule, and why it answers so. Absent: not worth a word. */
  readonly detail?: string;
  /** Of its line in the log. Default `warn`. */
  readonly level?: 'info' | 'warn';
}

const DISCARD: StreamHandler = { data() {}, end() {}, reset() {}, drain() {} };

/** Statuses that never have a body, nor a length of one. */
function bodyless(status: number): boolean {
  return status === 204 || status === 304;
}
