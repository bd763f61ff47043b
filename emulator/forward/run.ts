import type { AttemptTrace } from '../observe/journal.types.js';
import type { Path } from '../reach/path.js';
import type { Opened } from '../reach/reach.js';
import type { Zone } from '../state/objects.js';
import { steer } from '../steering/steer.js';
import type { Attempt, AttemptsPlan, HttpFacts, Plan, Reason } from '../steering/steering.types.js';
import type { Connection, Failure } from '../tunnel/connection.js';
import { Answering, type Outcome } from './answering.js';
import { failsOver } from './failover.js';
import type { CurrentAttempt } from './forward.types.js';
import { requestHeaders } from './headers.js';
import type { InHand } from './live-load.js';
import { type EdgeErrorName, edgeError } from './pages.js';
import type { ReplayBody } from './replay.js';
import { errorOf } from './status.js';

/** What requests and upgrades have in common: the decision, the attempts, and what follows when one fails. */
export abstract class Run extends Answering {
  private plan: AttemptsPlan | undefined;
  private zone: Zone | undefined;
  private facts: HttpFacts | undefined;
  private failedOver = false;
  /** The exchange that counts as in hand of its endpoint. */
  private inHand: InHand | undefined;

  /** Decides, and makes the first attempt or answers. */
  start(): void {
    const { trace } = this;
    this.facts = this.factsOf();
    const plan = steer(this.facts, this.deps.snapshot(), this.deps.observations, this.rng);
    trace.reasons = plan.reasons;
    this.explainVantage(plan.reasons);
    switch (plan.kind) {
      case 'dns_only':
        this.answer('dns_only', `${plan.what} ${plan.name}`);
        return;
      case 'unknown_host':
        this.answer('unknown_host');
        return;
      default:
        this.carryOut(plan);
    }
  }

  private carryOut(plan: Exclude<Plan, { kind: 'dns_only' | 'unknown_host' }>): void {
    if (plan.loadBalancer) this.trace.loadBalancer = plan.loadBalancer.name;
    this.zone = this.deps.zone(plan.zoneId);
    if (this.redirectsToHttps(plan.reasons)) return;
    switch (plan.kind) {
      case 'refused':
        this.answer('origin_dns');
        return;
      case 'fixed_response':
        this.answerFixed(plan.response);
        return;
      case 'attempts':
        this.begin(plan);
    }
  }

  private factsOf(): HttpFacts {
    const { request, trace } = this;
    const { vantage } = request;
    return {
      kind: 'http',
      host: request.host,
      method: request.method,
      scheme: request.scheme,
      path: request.path,
      headers: request.headers,
      httpVersion: `HTTP/${request.httpVersion}`,
      dataCenter: vantage.dataCenter.code,
      region: vantage.dataCenter.region,
      dataCenterCountry: vantage.dataCenter.country,
      latitude: vantage.dataCenter.latitude,
      longitude: vantage.dataCenter.longitude,
      ...(vantage.country === undefined ? {} : { country: vantage.country }),
      ...(vantage.asn === undefined ? {} : { asn: vantage.asn }),
      clientIp: vantage.clientIp,
      clientPort: vantage.clientPort,
      now: trace.startedAt,
    };
  }

  private explainVantage(reasons: Reason[]): void {
    const entered = this.request.vantage.reasons.map((detail) => ({
      step: 'vantage',
      subject: this.trace.dataCenter,
      outcome: 'entered',
      detail,
    }));
    reasons.unshift(...entered, ...(this.request.vantage.faults ?? []));
  }

  /** Always Use HTTPS comes before anything that a load balancer does. */
  private redirectsToHttps(reasons: Reason[]): boolean {
    const { request, zone } = this;
    if (!zone?.settings.always_use_https || request.scheme !== 'http') return false;
    reasons.push({ step: 'zone', subject: zone.name, outcome: 'redirected', detail: 'always_use_https is on' });
    // Without the port: that is where HTTP is spoken.
    this.redirect(`https://${request.host}${request.path}`);
    return true;
  }

  private begin(plan: AttemptsPlan): void {
    this.plan = plan;
    const attempt = plan.next();
    if (attempt) this.attempt(attempt);
    else this.answer('origin_dns');
  }

  /** Makes one attempt at an endpoint. */
  private attempt(attempt: Attempt): void {
    const { request, trace, deps } = this;
    const { endpoint, pool } = attempt;
    const ssl = this.zone?.settings.ssl ?? 'full';
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
    if (pool) this.inHand = deps.live.begin(pool.id, endpoint.name);
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
        ...(this.facts ? { facts: this.facts } : {}),
      },
      tried,
      opened: undefined,
    });
  }

  /** Subclasses send the request on its way. */
  protected abstract proceed(current: CurrentAttempt): void;

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
    for (const reason of opened.faults ?? []) this.explain(reason);
    return opened;
  }

  /** The request's body, as far as it may have to be sent again. */
  protected abstract readonly body: ReplayBody | null;

  /** Whether what failed may be sent once more, to whomever. */
  protected mayResend(failure: Failure): boolean {
    return this.bodyIsWhole && (failure.unsent || IDEMPOTENT.has(this.request.method));
  }

  protected whyNotResend(): string {
    return this.bodyIsWhole
      ? `${this.request.method} may have reached the endpoint`
      : 'more of its body was read than is kept';
  }

  private get bodyIsWhole(): boolean {
    return this.body === null || this.body.replayable;
  }

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

  /** The attempt is over without an answer: another endpoint gets its chance, or the client the documented error. */
  protected attemptFailed(failure: Failure, trace: AttemptTrace, path: Path['kind']): void {
    trace.failure = failure.kind;
    this.sessionCookie = undefined;
    this.inHand?.ended();
    this.deps.metrics.attempt(trace.pool ?? '', failure.kind);
    this.explain({ step: 'attempt', subject: trace.endpoint, outcome: 'failed', detail: failure.detail });
    const error = errorOf(failure, path);
    const next = this.afterFailure(error, failure, trace);
    if (next) this.attempt(next);
    else this.answer(error, failure.detail);
  }

  /**
   * The one further attempt of zero-downtime failover, where there is one. Pools only: DNS records and tunnels have
   * no other endpoint to offer (docs/reference/load-balancing.md section 6). A session may forbid it (14.19).
   */
  private afterFailure(error: EdgeErrorName, failure: Failure, trace: AttemptTrace): Attempt | undefined {
    if (trace.pool === undefined || !failsOver(error)) return undefined;
    const { status } = edgeError(error);
    if (!this.plan?.mayFailOver) {
      return this.stay(`error ${status}, but the session stays at its endpoint (zero_downtime_failover: none)`);
    }
    if (this.failedOver) return this.stay(`error ${status} again: there is one further attempt, not more`);
    if (!this.mayResend(failure)) {
      return this.stay(`error ${status}, but the request cannot be sent again: ${this.whyNotResend()}`);
    }
    const next = this.plan?.next();
    if (!next) return this.stay(`error ${status}, but pool ${trace.pool} has no other endpoint to try`);
    this.failedOver = true;
    const detail = `error ${status} of ${trace.endpoint}: one further attempt in pool ${next.pool?.name ?? trace.pool}`;
    this.explain({ step: 'failover', subject: next.endpoint.name, outcome: 'chosen', detail });
    return next;
  }

  private stay(detail: string): undefined {
    this.explain({ step: 'failover', outcome: 'none', detail });
  }

  protected attemptAnswered({ attempt, trace }: CurrentAttempt, status: number): void {
    trace.status = status;
    this.trace.status = status;
    this.inHand?.answered();
    this.keepSession(attempt);
    this.deps.metrics.attempt(trace.pool ?? '', 'answered');
  }

  private keepSession(attempt: Attempt): void {
    const action = this.plan?.answered?.(attempt);
    if (!action) return;
    if (action.kind === 'header') {
      this.deps.sessions.keep(action);
      return;
    }
    this.sessionCookie = action.value;
    this.explain({
      step: 'session',
      subject: `${attempt.pool?.name}/${attempt.endpoint.name}`,
      outcome: 'begun',
      detail: 'the answer sets a __cflb cookie that pins the client to this endpoint',
    });
  }

  /** The streams of an upgrade outlive the request. */
  protected get staysOpen(): boolean {
    return false;
  }

  protected exchangeEnded(): void {
    this.inHand?.ended();
  }

  protected override finish(outcome: Outcome): void {
    if (!this.staysOpen) this.exchangeEnded();
    super.finish(outcome);
  }
}

/** Methods that may be repeated without asking (RFC 9110 9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** The name for TLS: the authority without port. An IP address names nobody, so then none is sent. */
function serverNameOf(authority: string): string {
  const host = authority.startsWith('[') ? '' : (authority.split(':')[0] ?? '');
  return /^[\d.]+$/.test(host) ? '' : host;
}
