import type { Deadlines } from '../../runtime/deadlines.js';
import type { Rng } from '../../runtime/rng.js';
import type { AttemptTrace, Journal, RequestTrace } from '../observe/journal.types.js';
import type { Metrics } from '../observe/metrics.js';
import type { Path } from '../reach/path.js';
import type { Opened, OpenOptions, Reach } from '../reach/reach.js';
import type { Zone } from '../state/objects.js';
import type { SteeringSnapshot } from '../steering/snapshot.types.js';
import { steer } from '../steering/steer.js';
import type { Attempt, HttpFacts, Observations, Plan, Reason } from '../steering/steering.types.js';
import type { Connection, Failure, RequestHead } from '../tunnel/connection.js';
import type { ClientRequest, ClientResponse, ErrorPages } from './exchange.js';
import { endToEnd, requestHeaders } from './headers.js';
import { type EdgeErrorName, edgeError, pageOf } from './pages.js';
import type { ReplayBody } from './replay.js';
import { ROUTE_HEADER, routeHeader } from './route-header.js';
import { errorOf } from './status.js';

/** What carrying out requests needs of the rest of the edge. */
export interface ForwardDeps {
  readonly snapshot: () => SteeringSnapshot;
  readonly zone: (id: string) => Zone | undefined;
  readonly tunnelName: (id: string) => string | undefined;
  readonly settings: () => ForwardSettings;
  readonly observations: Observations;
  readonly reach: Reach;
  readonly journal: Journal;
  readonly metrics: Metrics;
  readonly deadlines: Deadlines;
  /** Model time, milliseconds since the epoch. */
  readonly now: () => number;
  readonly pages: ErrorPages;
}

export interface ForwardSettings {
  readonly routeHeader: boolean;
  /** Seconds until a response head must be there once the request is out. */
  readonly responseTimeout: number;
}

/** An attempt as it is being made: which way it took, and which ways it tried before. */
export interface CurrentAttempt {
  readonly attempt: Attempt;
  readonly path: Exclude<Path, { kind: 'none' }>;
  readonly head: RequestHead;
  readonly trace: AttemptTrace;
  readonly options: OpenOptions;
  readonly tried: Connection[];
  opened: Opened | undefined;
}

/** What requests and upgrades have in common: the decision, the attempts, the error pages, the record. */
export abstract class Run {
  protected readonly trace: RequestTrace;
  protected readonly ray: string;
  protected finished = false;
  private readonly startedAt: number;

  constructor(
    protected readonly deps: ForwardDeps,
    protected readonly request: ClientRequest,
    protected readonly response: ClientResponse,
    protected readonly rng: Rng,
  ) {
    const { vantage } = request;
    const ray = rng.hex(8);
    this.startedAt = deps.deadlines.now();
    this.ray = `${ray}-${vantage.dataCenter.code}`;
    this.trace = {
      ray,
      startedAt: deps.now(),
      dataCenter: vantage.dataCenter.code,
      ...(vantage.country === undefined ? {} : { country: vantage.country }),
      clientIp: vantage.clientIp,
      method: request.method,
      scheme: request.scheme,
      host: request.host,
      path: request.path,
      httpVersion: request.httpVersion,
      requestBytes: 0,
      responseBytes: 0,
      attempts: [],
      reasons: NO_REASONS,
    };
    deps.metrics.requestStarted();
  }

  /** Decides, and makes the first attempt or answers. */
  start(): void {
    const { request, trace } = this;
    const { vantage } = request;
    const facts: HttpFacts = {
      kind: 'http',
      host: request.host,
      method: request.method,
      scheme: request.scheme,
      path: request.path,
      headers: request.headers,
      dataCenter: vantage.dataCenter.code,
      region: vantage.dataCenter.region,
      ...(vantage.country === undefined ? {} : { country: vantage.country }),
      ...(vantage.asn === undefined ? {} : { asn: vantage.asn }),
      clientIp: vantage.clientIp,
      clientPort: vantage.clientPort,
      now: trace.startedAt,
    };
    const plan = steer(facts, this.deps.snapshot(), this.deps.observations, this.rng);
    trace.reasons = plan.reasons;
    this.explainVantage(plan.reasons);
    switch (plan.kind) {
      case 'attempts':
        this.begin(plan);
        return;
      case 'refused':
        if (plan.loadBalancer) trace.loadBalancer = plan.loadBalancer.name;
        this.answer('origin_dns');
        return;
      case 'dns_only':
        this.answer('dns_only', `${plan.what} ${plan.name}`);
        return;
      case 'unknown_host':
        this.answer('unknown_host');
    }
  }

  private explainVantage(reasons: Reason[]): void {
    const entered = this.request.vantage.reasons.map((detail) => ({
      step: 'vantage',
      subject: this.trace.dataCenter,
      outcome: 'entered',
      detail,
    }));
    reasons.unshift(...entered);
  }

  private begin(plan: Extract<Plan, { kind: 'attempts' }>): void {
    const { request, deps, trace } = this;
    if (plan.loadBalancer) trace.loadBalancer = plan.loadBalancer.name;
    const zone = deps.zone(plan.zoneId);
    if (zone?.settings.always_use_https && request.scheme === 'http') {
      plan.reasons.push({ step: 'zone', subject: zone.name, outcome: 'redirected', detail: 'always_use_https is on' });
      // Without the port: that is where HTTP is spoken.
      this.redirect(`https://${request.host}${request.path}`);
      return;
    }
    const attempt = plan.next();
    if (attempt) this.attempt(attempt, zone);
    else this.answer('origin_dns');
  }

  /** Makes one attempt at an endpoint. */
  private attempt(attempt: Attempt, zone: Zone | undefined): void {
    const { request, trace, deps } = this;
    const { endpoint, pool } = attempt;
    const ssl = zone?.settings.ssl ?? 'full';
    const secure = request.scheme === 'https' && (ssl === 'full' || ssl === 'strict');
    if (pool) {
      trace.pool = pool.name;
      trace.fallback = attempt.fallback;
    }
    trace.endpoint = endpoint.name;
    const attemptTrace: AttemptTrace = {
      ...(pool ? { pool: pool.name } : {}),
      endpoint: endpoint.name,
      address: endpoint.address,
    };
    trace.attempts.push(attemptTrace);
    const { dataCenter } = request.vantage;
    const path = deps.reach.resolve(endpoint, dataCenter, secure);
    if (path.kind === 'none') {
      this.explain(path.reason);
      this.attemptFailed({ kind: path.failure, detail: path.reason.detail, unsent: true }, attemptTrace, path.kind);
      return;
    }
    if (path.kind !== 'public') attemptTrace.tunnel = deps.tunnelName(path.tunnelId) ?? path.tunnelId;
    const { headers, looping } = requestHeaders(request, this.ray);
    if (looping) {
      this.answer('loop_detected');
      return;
    }
    const authority = endpoint.host ?? request.authority;
    const tried: Connection[] = [];
    this.proceed({
      attempt,
      path,
      head: { method: request.method, path: request.path, scheme: request.scheme, authority, headers },
      trace: attemptTrace,
      options: {
        from: dataCenter,
        tried,
        rng: this.rng,
        serverName: serverNameOf(authority),
        verify: ssl === 'strict',
      },
      tried,
      opened: undefined,
    });
  }

  /**
   * Takes the next way of the current attempt. A tunnel's connection that breaks makes room for another inside
   * the same attempt (docs/reference/load-balancing.md 14.28).
   */
  protected open(current: CurrentAttempt): Opened | undefined {
    const opened = this.deps.reach.open(current.path, current.options);
    if (!opened) return undefined;
    current.opened = opened;
    current.trace.legs = opened.legs;
    const { connection } = opened;
    if (connection) {
      current.trace.connector = connection.connectorId;
      current.trace.egress = connection.dataCenter;
      this.explain({
        step: 'replica',
        subject: connection.connectorId,
        outcome: 'chosen',
        detail: `the nearest connection of tunnel ${current.trace.tunnel ?? ''} ends in ${connection.dataCenter}`,
      });
    }
    return opened;
  }

  /** Whether what failed may be given to another connection of the same tunnel, or once more to the same origin. */
  protected mayResend(failure: Failure, body: ReplayBody | null): boolean {
    if (body && !body.replayable) return false;
    return failure.unsent || IDEMPOTENT.has(this.request.method);
  }

  /** Subclasses send the request on its way. */
  protected abstract proceed(current: CurrentAttempt): void;

  protected noConnection(current: CurrentAttempt, last: Failure | undefined): void {
    const tunnel = current.trace.tunnel ?? '';
    const none: Failure = this.deps.reach.isFull(current.path)
      ? {
          kind: 'overloaded',
          detail: `the connectors of tunnel ${tunnel} have no room for another request`,
          unsent: true,
        }
      : { kind: 'no_connector', detail: `no connector of tunnel ${tunnel} is connected`, unsent: true };
    this.attemptFailed(last ?? none, current.trace, current.path.kind);
  }

  /** The attempt is over without an answer: the client gets the error that Cloudflare documents for it. */
  protected attemptFailed(failure: Failure, trace: AttemptTrace, path: Path['kind']): void {
    trace.failure = failure.kind;
    this.deps.metrics.attempt(trace.pool ?? '', failure.kind);
    this.explain({ step: 'attempt', subject: trace.endpoint, outcome: 'failed', detail: failure.detail });
    this.answer(errorOf(failure, path), failure.detail);
  }

  protected attemptAnswered(trace: AttemptTrace, status: number): void {
    trace.status = status;
    this.trace.status = status;
    this.deps.metrics.attempt(trace.pool ?? '', 'answered');
  }

  protected explain(reason: Reason): void {
    (this.trace.reasons as Reason[]).push(reason);
  }

  /** Headers for the client: the origin's own, the ray, and the route unless it is turned off. */
  protected responseHeaders(headers: readonly string[]): string[] {
    const out = endToEnd(headers);
    out.push('CF-RAY', this.ray);
    if (this.deps.settings().routeHeader) out.push(ROUTE_HEADER, routeHeader(this.trace, this.trace.attempts.at(-1)));
    return out;
  }

  /** Answers with an error page of the edge. `because` is what is known of this very case. */
  protected answer(name: EdgeErrorName, because?: string): void {
    const { request, trace } = this;
    const error = edgeError(name);
    trace.status = error.status;
    if (error.code !== undefined) trace.error = error.code;
    const page = pageOf(error, { ray: this.ray, host: request.host, accept: headerValue(request.headers, 'accept') });
    const { headers, body } = this.deps.pages.render(
      because ? { ...page, detail: `${page.detail} In this case: ${because}.` } : page,
    );
    this.send(error.status, headers, body);
  }

  private redirect(location: string): void {
    this.trace.status = 301;
    this.send(301, ['Location', location, 'Content-Length', '0'], undefined);
  }

  private send(status: number, headers: readonly string[], body: Buffer | undefined): void {
    this.response.head(status, this.responseHeaders(headers));
    if (body && this.request.method !== 'HEAD') {
      this.trace.responseBytes = body.length;
      this.response.write(body);
    }
    this.response.end(NO_TRAILERS);
    this.finish('complete');
  }

  protected finish(outcome: 'complete' | 'client_closed' | 'cut_off'): void {
    if (this.finished) return;
    this.finished = true;
    const { trace, deps } = this;
    trace.outcome = outcome;
    trace.endedAt = deps.now();
    const seconds = (deps.deadlines.now() - this.startedAt) / 1000;
    deps.metrics.requestFinished(trace.loadBalancer ?? '', trace.dataCenter, trace.status ?? 0, seconds);
    deps.journal.record(trace);
  }
}

const NO_REASONS: readonly Reason[] = Object.freeze([]);
export const NO_TRAILERS: readonly string[] = Object.freeze([]);

/** Methods that may be repeated without asking (RFC 9110 9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

export function headerValue(headers: readonly string[], name: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) {
    if ((headers[i] as string).toLowerCase() === name) return headers[i + 1];
  }
  return undefined;
}

/** The name for TLS: the authority without port. An IP address names nobody, so then none is sent. */
function serverNameOf(authority: string): string {
  const host = authority.startsWith('[') ? '' : (authority.split(':')[0] ?? '');
  return /^[\d.]+$/.test(host) ? '' : host;
}
