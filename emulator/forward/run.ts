import type { AttemptTrace } from '../observe/journal.types.js';
import type { Path } from '../reach/path.js';
import type { Opened } from '../reach/reach.js';
import type { Zone } from '../state/objects.js';
import { steer } from '../steering/steer.js';
import type { Attempt, AttemptsPlan, HttpFacts, Plan } from '../steering/steering.types.js';
import type { Connection, Failure, ResponseHead } from '../tunnel/connection.js';
import { Answering, type Outcome } from './answering.js';
import { attemptBegun, attemptFailed, noConnection, serverNameOf, sessionBegun, takeConnection } from './attempt.js';
import { edgeError } from './edge-errors.js';
import { factsOf, vantageReasons } from './facts.js';
import { furtherAttempt } from './failover.js';
import type { CurrentAttempt } from './forward.types.js';
import { requestHeaders } from './headers.js';
import type { InHand } from './live-load.js';
import type { EdgeErrorName } from './pages.js';
import type { ReplayBody } from './replay.js';
import { errorOf } from './status.js';
import { otherNames } from './unknown-host.js';
import { httpsRedirect, originTls } from './zone-settings.js';

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
    this.facts = factsOf(this.request, trace.startedAt);
    const plan = steer(this.facts, this.deps.snapshot(), this.deps.observations, this.rng);
    trace.reasons = plan.reasons;
    plan.reasons.unshift(...vantageReasons(this.request.vantage));
    switch (plan.kind) {
      case 'dns_only':
        this.answer('dns_only', `${plan.what} ${plan.name}`);
        return;
      case 'unknown_host':
        this.answer('unknown_host', otherNames(this.deps.snapshot().names, this.request));
        return;
      default:
        this.carryOut(plan);
    }
  }

  private carryOut(plan: Exclude<Plan, { kind: 'dns_only' | 'unknown_host' }>): void {
    if (plan.loadBalancer) this.trace.loadBalancer = plan.loadBalancer.name;
    this.zone = this.deps.zone(plan.zoneId);
    const redirect = httpsRedirect(this.request, this.zone);
    if (redirect) {
      plan.reasons.push(redirect.reason);
      this.redirect(redirect.location);
      return;
    }
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
    const { secure, verify } = originTls(request, this.zone);
    const attemptTrace = attemptBegun(trace, attempt);
    const { dataCenter, insteadOf } = request.vantage;
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
        client: insteadOf,
        tried,
        rng: this.rng,
        serverName: serverNameOf(authority),
        verify,
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
    if (connection) this.explain(takeConnection(current.trace, connection));
    for (const reason of opened.faults ?? []) this.explain(reason);
    return opened;
  }

  /** The request's body, as far as it may have to be sent again. */
  protected abstract readonly body: ReplayBody | null;

  /** Whether what failed may be sent once more, to whomever. */
  protected mayResend(failure: Failure): boolean {
    return this.whyNotAgain(failure) === undefined;
  }

  /** Why it may not; undefined: it may. */
  protected whyNotAgain(failure: Failure): string | undefined {
    if (this.body && !this.body.replayable) return 'more of its body was read than is kept';
    const { method } = this.request;
    return failure.unsent || IDEMPOTENT.has(method) ? undefined : `${method} may have reached the endpoint`;
  }

  protected noConnection(current: CurrentAttempt, last: Failure | undefined): void {
    const { reach } = this.deps;
    const none = noConnection(current.trace.tunnel ?? '', reach.isFull(current.path));
    for (const reason of reach.whyNone(current.path, current.options)) this.explain(reason);
    this.attemptFailed(last ?? none, current.trace, current.path.kind);
  }

  /** The attempt is over without an answer: another endpoint gets its chance, or the client the documented error. */
  protected attemptFailed(failure: Failure, trace: AttemptTrace, path: Path['kind']): void {
    trace.failure = failure.kind;
    this.sessionCookie = undefined;
    this.inHand?.ended();
    this.deps.metrics.attempt(trace.pool ?? '', failure.kind);
    this.explain(attemptFailed(trace, failure));
    const error = errorOf(failure, path);
    this.deps.failedAttempts.note(trace, failure, edgeError(error).status);
    const next = this.afterFailure(error, failure, trace);
    if (next) this.attempt(next);
    else this.answer(error, failure.detail);
  }

  private afterFailure(error: EdgeErrorName, failure: Failure, trace: AttemptTrace): Attempt | undefined {
    if (!this.plan) return undefined;
    const next = furtherAttempt(this.plan, {
      error,
      pool: trace.pool,
      endpoint: trace.endpoint,
      failedOver: this.failedOver,
      whyNotAgain: this.whyNotAgain(failure),
    });
    if (next) this.failedOver = true;
    return next;
  }

  protected attemptAnswered(
    { attempt, trace }: CurrentAttempt,
    { status, detail }: Pick<ResponseHead, 'status' | 'detail'>,
  ): void {
    if (detail !== undefined) this.explain({ step: 'attempt', subject: trace.endpoint, outcome: 'answered', detail });
    trace.status = status;
    this.trace.status = status;
    this.inHand?.answered();
    this.keepSession(attempt);
    this.deps.metrics.attempt(trace.pool ?? '', 'answered');
  }

  private keepSession(attempt: Attempt): void {
    const action = this.plan?.answered?.(attempt);
    if (!action) return;
    if (action.kind === 'header') this.deps.sessions.keep(action);
    else this.sessionCookie = action.value;
    const begun = sessionBegun(attempt, action);
    if (begun) this.explain(begun);
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
