import type { Rng } from '../../runtime/rng.js';
import type {
  ExplainedFailover,
  ExplainedOutcome,
  ExplainedSession,
  Explanation,
} from '../observe/explanation.types.js';
import type { AttemptTrace } from '../observe/journal.types.js';
import type { Zone } from '../state/objects.js';
import { steer } from '../steering/steer.js';
import type { Attempt, AttemptsPlan, HttpFacts, Plan, Reason } from '../steering/steering.types.js';
import type { Failure } from '../tunnel/connection.js';
import { attemptFailed, noConnection, serverNameOf, sessionBegun, takeConnection, traceOf } from './attempt.js';
import { type EdgeErrorName, edgeError } from './edge-errors.js';
import type { ClientRequest } from './exchange.js';
import { factsOf, vantageReasons } from './facts.js';
import { furtherAttempt } from './failover.js';
import type { RunDeps } from './forward.types.js';
import { requestHeaders } from './headers.js';
import { errorOf } from './status.js';
import { httpsRedirect, originTls } from './zone-settings.js';

export interface ExplainOptions {
  /** Also say where it would go if the endpoint failed before it had the request. */
  readonly failover?: boolean;
}

/** What explaining reads. None of it is written to. */
export type ExplainDeps = Pick<RunDeps, 'snapshot' | 'zone' | 'tunnelName' | 'reach' | 'now' | 'observations'>;

/** What an attempt would come to. */
type Attempted =
  | { readonly kind: 'sent' }
  | { readonly kind: 'failed'; readonly error: EdgeErrorName; readonly failure: Failure }
  | { readonly kind: 'looping' };

/**
 * The steps of a {@link Run} without carrying them out: the same functions decide, and the same draws are made, so that
 * the next real request is given the same way for the same reasons. The generator must be that request's own.
 */
export class Explaining {
  private readonly facts: HttpFacts;
  private readonly attempts: AttemptTrace[] = [];
  private zone: Zone | undefined;

  constructor(
    private readonly deps: ExplainDeps,
    private readonly request: ClientRequest,
    private readonly rng: Rng,
    private readonly options: ExplainOptions,
  ) {
    this.facts = factsOf(request, deps.now());
  }

  explanation(): Explanation {
    // A request draws its ray first.
    this.rng.hex(8);
    const plan = steer(this.facts, this.deps.snapshot(), this.deps.observations, this.rng);
    plan.reasons.unshift(...vantageReasons(this.request.vantage));
    switch (plan.kind) {
      case 'dns_only':
      case 'unknown_host':
        return this.answered(plan.kind, plan.kind, plan.reasons);
      default: {
        const { loadBalancer } = plan;
        const rest = this.follow(plan);
        return loadBalancer ? { ...rest, loadBalancer: loadBalancer.name } : rest;
      }
    }
  }

  private follow(plan: Exclude<Plan, { kind: 'dns_only' | 'unknown_host' }>): Explanation {
    const { reasons } = plan;
    this.zone = this.deps.zone(plan.zoneId);
    const redirect = httpsRedirect(this.request, this.zone);
    if (redirect) {
      reasons.push(redirect.reason);
      return { ...this.about('redirect', reasons), status: 301, location: redirect.location };
    }
    switch (plan.kind) {
      case 'refused':
        return this.answered('error', 'origin_dns', reasons);
      case 'fixed_response': {
        const { status_code: status, location } = plan.response;
        return { ...this.about('fixed_response', reasons), status, ...(location === '' ? {} : { location }) };
      }
      case 'attempts':
        return this.tryEach(plan);
    }
  }

  /** Attempt after attempt, as far as it is known beforehand that they fail. */
  private tryEach(plan: AttemptsPlan): Explanation {
    let attempt = plan.next();
    if (!attempt) return this.answered('error', 'origin_dns', plan.reasons);
    for (;;) {
      const trace = traceOf(attempt);
      this.attempts.push(trace);
      const made = this.attempt(attempt, trace, plan.reasons);
      const way = attempt.pool
        ? { pool: attempt.pool.name, endpoint: trace.endpoint, fallback: attempt.fallback }
        : { endpoint: trace.endpoint };
      if (made.kind === 'looping') return { ...this.answered('error', 'loop_detected', plan.reasons), ...way };
      if (made.kind === 'sent') {
        const failover = this.options.failover ? this.failover(plan, trace) : undefined;
        const session = this.session(plan, attempt);
        return {
          ...this.about('attempt', plan.reasons),
          ...way,
          ...(session ? { session } : {}),
          ...(failover ? { failover } : {}),
        };
      }
      const next = this.further(plan, made.error, trace);
      if (!next) return { ...this.answered('error', made.error, plan.reasons), ...way };
      attempt = next;
    }
  }

  private attempt(attempt: Attempt, trace: AttemptTrace, reasons: Reason[]): Attempted {
    const { deps, request } = this;
    const { secure, verify } = originTls(request, this.zone);
    const { dataCenter: from, insteadOf } = request.vantage;
    const path = deps.reach.resolve(attempt.endpoint, from, secure);
    const failed = (failure: Failure): Attempted => {
      trace.failure = failure.kind;
      reasons.push(attemptFailed(trace, failure));
      return { kind: 'failed', error: errorOf(failure, path.kind), failure };
    };
    if (path.kind === 'none') {
      reasons.push(path.reason);
      return failed({ kind: path.failure, detail: path.reason.detail, unsent: true });
    }
    if (path.kind !== 'public') trace.tunnel = deps.tunnelName(path.tunnelId) ?? path.tunnelId;
    if (requestHeaders(request, '').looping) return { kind: 'looping' };
    const opened = deps.reach.preview(path, {
      from,
      client: insteadOf,
      tried: [],
      rng: this.rng,
      serverName: serverNameOf(attempt.endpoint.host ?? request.authority),
      verify,
      facts: this.facts,
    });
    if (!opened) {
      reasons.push(...deps.reach.whyNone(path, { from }));
      return failed(noConnection(trace.tunnel ?? '', deps.reach.isFull(path)));
    }
    trace.legs = opened.legs;
    if (opened.connection) reasons.push(takeConnection(trace, opened.connection));
    reasons.push(...(opened.faults ?? []));
    return { kind: 'sent' };
  }

  private further(plan: AttemptsPlan, error: EdgeErrorName, { pool, endpoint }: AttemptTrace): Attempt | undefined {
    const failedOver = this.attempts.length > 1;
    return furtherAttempt(plan, { error, pool, endpoint, failedOver, whyNotAgain: undefined });
  }

  /** As if the endpoint refused the connection. The plan's own reasons stay what they are. */
  private failover(plan: AttemptsPlan, trace: AttemptTrace): ExplainedFailover {
    const before = plan.reasons.length;
    const next = this.further(plan, 'connection_refused', trace);
    const attempt = next && traceOf(next);
    if (next && attempt) this.attempt(next, attempt, plan.reasons);
    const reasons = plan.reasons.splice(before);
    return { ...(attempt ? { attempt } : {}), reasons };
  }

  private session(plan: AttemptsPlan, attempt: Attempt): ExplainedSession | undefined {
    const action = plan.answered?.(attempt);
    if (!action) return undefined;
    const begun = sessionBegun(attempt, action);
    if (begun) plan.reasons.push(begun);
    return { kind: action.kind, detail: begun?.detail ?? 'the answer keeps the session under the configured headers' };
  }

  private answered(outcome: ExplainedOutcome, name: EdgeErrorName, reasons: readonly Reason[]): Explanation {
    const { status, code } = edgeError(name);
    return { ...this.about(outcome, reasons), status, ...(code === undefined ? {} : { error: code }) };
  }

  private about(outcome: ExplainedOutcome, reasons: readonly Reason[]): Explanation {
    const { method, scheme, host, path, httpVersion, vantage } = this.request;
    return {
      outcome,
      dataCenter: vantage.dataCenter.code,
      region: vantage.dataCenter.region,
      ...(vantage.country === undefined ? {} : { country: vantage.country }),
      clientIp: vantage.clientIp,
      method,
      scheme,
      host,
      path,
      httpVersion,
      attempts: this.attempts,
      reasons,
    };
  }
}
