import { type OpenMessage, ResetCause } from '../protocol/messages.js';
import type { ProtocolStream, StreamHandler } from '../protocol/stream.js';
import type { Deadlines } from '../runtime/deadlines.js';
import type { BoundRule, Configuration } from './configuration/configuration.js';
import { HELLO_WORLD_PAGE } from './ingress/hello-world.js';
import type { OriginRequest } from './ingress/origin-request.js';
import type { Service } from './ingress/service.js';
import type { Counters } from './metrics.js';
import { requestHeaders } from './origin/headers.js';
import { HttpExchange, type HttpOpen } from './origin/http.js';
import { TcpOverWebSocket, webSocketKey } from './origin/tcp-over-websocket.js';
import { UpgradeExchange } from './origin/upgrade.js';
import type { AddressMaps } from './private/maps.js';
import { canonicalIp } from './private/networks.js';
import { openTcp } from './private/tcp.js';

type TcpService = Extract<Service, { kind: 'tcp' }>;

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
    const { kind } = message;
    const rule = this.configuration.match(message.authority, message.path);
    // No rules at all: 503, as cloudflared answers (docs/reference/cloudflared-wire.md 6).
    if (!rule) return this.answer(stream, kind, message.method, 503, [], undefined);
    const { service } = rule;
    switch (service.kind) {
      case 'status':
        return this.answer(stream, kind, message.method, service.status, [], undefined, service.source);
      case 'hello_world':
        return this.answer(
          stream,
          kind,
          message.method,
          200,
          ['Content-Type', 'text/html; charset=utf-8'],
          HELLO_WORLD_PAGE,
        );
      case 'origin':
        return this.toOrigin(stream, message, rule);
      case 'tcp':
        return this.toTcpService(stream, message, service, rule.originRequest);
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
    const destination = { pool, serverName: pool.serverName(host), unchunked };
    const ended = (end: { status: number } | { cause: ResetCause }): void => this.counters.ended(kind, end);
    if (kind === 'upgrade') return new UpgradeExchange(stream, message, headers, destination, this.deadlines, ended);
    const exchange = new HttpExchange(stream, message, headers, destination, ended);
    this.opened.push(exchange);
    return exchange;
  }

  private toTcpService(
    stream: ProtocolStream,
    message: HttpOpen,
    service: TcpService,
    originRequest: OriginRequest,
  ): StreamHandler {
    const { kind, method } = message;
    const key = kind === 'upgrade' ? webSocketKey(message.headers) : undefined;
    if (key === undefined) {
      const headers = ['Content-Type', 'text/plain; charset=utf-8'];
      return this.answer(stream, kind, method, 400, headers, NEEDS_WEB_SOCKET, 'connector');
    }
    return new TcpOverWebSocket(stream, key, { ...service, ...originRequest, halfOpen: true }, this.deadlines, (end) =>
      this.counters.ended(kind, end),
    );
  }

  private tcp(stream: ProtocolStream, address: string, port: number): StreamHandler {
    const ip = canonicalIp(address);
    const mapped = ip === undefined ? undefined : this.maps.lookup(ip, port);
    if (ip === undefined || (!mapped && !this.configuration.networks.allows(ip))) {
      stream.reset(ResetCause.NOT_ALLOWED, `no route of this tunnel covers ${address}`, true);
      this.counters.ended('tcp', { cause: ResetCause.NOT_ALLOWED });
      return DISCARD;
    }
    return openTcp(stream, mapped ?? { host: ip, port }, this.configuration.dialTimeout, this.deadlines, (cause) => {
      this.counters.ended('tcp', cause === undefined ? { status: 200 } : { cause });
    });
  }

  /** Answers in the origin's place, as the rule says. */
  private answer(
    stream: ProtocolStream,
    kind: HttpOpen['kind'],
    method: string,
    status: number,
    headers: readonly string[],
    body: Buffer | undefined,
    source: 'origin' | 'connector' = 'origin',
  ): StreamHandler {
    const length = String(body?.length ?? 0);
    stream.head({
      status,
      headers: bodyless(status) ? headers : [...headers, 'Content-Length', length],
      source,
    });
    if (body && method !== 'HEAD') stream.write(body);
    stream.end();
    this.counters.ended(kind, { status });
    // Nobody wants the request's body; it is taken off the wire so that the client can finish.
    return { ...DISCARD, data: (chunk) => stream.consumed(chunk.length) };
  }
}

const DISCARD: StreamHandler = { data() {}, end() {}, reset() {}, drain() {} };

/** Statuses that never have a body, nor a length of one. */
function bodyless(status: number): boolean {
  return status === 204 || status === 304;
}
