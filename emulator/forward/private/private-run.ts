import type { Duplex } from 'node:stream';
import type { Rng } from '../../../runtime/rng.js';
import type { AttemptTrace, RequestTrace } from '../../observe/journal.types.js';
import { failureOfError } from '../../reach/dial-failure.js';
import type { OpenPath } from '../../reach/path.js';
import type { Opened } from '../../reach/reach.js';
import type { Attempt, Reason } from '../../steering/steering.types.js';
import type { Connection, Failure } from '../../tunnel/connection.js';
import { attemptFailed, noConnection, takeConnection, traceOf } from '../attempt.js';
import { type EdgeErrorName, edgeError } from '../edge-errors.js';
import { errorOf } from '../status.js';
import { carry } from './carry.js';
import { decide } from './decide.js';
import type { PrivateClient, PrivateDeps, PrivatePlan, PrivateRequest, RefusalCause } from './private.types.js';
import { openOptions, routeReason, traceOfConnection } from './steps.js';

interface Connected {
  readonly stream: Duplex;
  readonly opened: Opened;
}

/** What an attempt came to nothing by. */
interface Failed {
  readonly cause: RefusalCause;
  readonly error: EdgeErrorName;
  readonly failure: Failure;
}

/** One connection into a private network, carried out: policy, route, tunnel, dial, and then bytes both ways. */
export class PrivateRun {
  private readonly trace: RequestTrace;
  private readonly ray: string;
  private reasons: Reason[];
  private readonly abort = new AbortController();
  private over = false;

  constructor(
    private readonly deps: PrivateDeps,
    private readonly request: PrivateRequest,
    private readonly client: PrivateClient,
    private readonly rng: Rng,
  ) {
    const ray = rng.hex(8);
    this.ray = `${ray}-${request.vantage.dataCenter.code}`;
    this.trace = traceOfConnection(request, ray, deps.now());
    this.reasons = [...this.trace.reasons];
    this.trace.reasons = this.reasons;
  }

  async start(): Promise<void> {
    const { trace, deps } = this;
    const decision = decide(this.request, deps.view());
    this.reasons.push(...decision.reasons);
    if (trace.privateNetwork && decision.network !== undefined) trace.privateNetwork.name = decision.network;
    if (decision.kind === 'refused') {
      this.refuse(decision.cause, decision.error, decision.detail);
      return;
    }
    const plan = deps.plan(decision.destination, this.rng);
    plan.reasons.unshift(...this.reasons);
    this.reasons = plan.reasons;
    trace.reasons = plan.reasons;
    if (plan.loadBalancer !== undefined) trace.loadBalancer = plan.loadBalancer;
    await this.tryEach(plan);
  }

  private async tryEach(plan: PrivatePlan): Promise<void> {
    let last: Failed | undefined;
    for (let attempt = plan.next(); attempt; attempt = plan.next({ error: last.error, attempt })) {
      const made = await this.attempt(attempt);
      if (this.over) {
        if ('stream' in made) made.stream.destroy();
        return;
      }
      if ('stream' in made) {
        this.connected(made);
        return;
      }
      last = made;
    }
    if (last) this.refuse(last.cause, last.error, last.failure.detail);
    else this.refuse('dns', 'origin_dns', 'no endpoint is available');
  }

  private async attempt(attempt: Attempt): Promise<Connected | Failed> {
    const { deps, request, trace, reasons } = this;
    const { endpoint, pool } = attempt;
    if (pool) {
      trace.pool = pool.name;
      trace.fallback = attempt.fallback;
    }
    trace.endpoint = endpoint.name;
    const attemptTrace = traceOf(attempt);
    trace.attempts.push(attemptTrace);
    const path = deps.reach.resolve(endpoint, request.vantage.dataCenter, false);
    if (path.kind === 'none') {
      reasons.push(path.reason);
      const failure: Failure = { kind: path.failure, detail: path.reason.detail, unsent: true };
      const cause = path.failure === 'unreachable' ? 'no_route' : path.failure;
      return { ...this.failed(failure, attemptTrace), cause };
    }
    if (path.kind !== 'public') attemptTrace.tunnel = deps.tunnelName(path.tunnelId) ?? path.tunnelId;
    const route = routeReason(path, attemptTrace.tunnel);
    if (route) reasons.push(route);
    const made = await this.dial(path, attemptTrace);
    return 'stream' in made ? made : this.failed(made, attemptTrace);
  }

  /** A tunnel's connection that breaks makes room for another inside the same attempt (docs/reference/load-balancing.md 14.28). */
  private async dial(path: OpenPath, attempt: AttemptTrace): Promise<Connected | Failure> {
    const { reasons } = this;
    const { reach } = this.deps;
    const tried: Connection[] = [];
    let last: Failure | undefined;
    for (;;) {
      const opened = reach.open(path, openOptions(this.request, this.rng, tried));
      if (!opened) {
        reasons.push(...reach.whyNone(path, { from: this.request.vantage.dataCenter }));
        return last ?? noConnection(attempt.tunnel ?? '', reach.isFull(path));
      }
      attempt.legs = opened.legs;
      const { connection, switching } = opened;
      if (connection) reasons.push(takeConnection(attempt, connection));
      reasons.push(...(opened.faults ?? []));
      if (switching.by === 'connector') {
        return { kind: 'unspecified', detail: 'a published application has no address to connect to', unsent: true };
      }
      try {
        const stream = await switching.connect(this.abort.signal);
        if (!stream.errored) return { stream, opened };
        last = failureOfError(stream.errored);
      } catch (error) {
        last = failureOfError(error);
      }
      if (this.over || !connection || (last.kind !== 'lost' && last.kind !== 'no_connector')) return last;
      tried.push(connection);
      reasons.push({ step: 'replica', subject: connection.connectorId, outcome: 'failed', detail: last.detail });
    }
  }

  private failed(failure: Failure, attempt: AttemptTrace): Failed {
    attempt.failure = failure.kind;
    this.reasons.push(attemptFailed(attempt, failure));
    const error = errorOf(failure, 'private');
    if (!this.over) this.deps.failedAttempts.note(attempt, failure, edgeError(error).status);
    return { cause: failure.kind, error, failure };
  }

  private refuse(cause: RefusalCause, name: EdgeErrorName, detail: string): void {
    if (this.over) return;
    const error = edgeError(name);
    this.trace.status = error.status;
    if (error.code !== undefined) this.trace.error = error.code;
    this.finish('complete');
    this.client.refused({ cause, error, detail, ray: this.ray });
  }

  private connected({ stream, opened }: Connected): void {
    const { trace, deps, client } = this;
    trace.status = 200;
    // Kept from now on, and amended: a connection may stay for days.
    this.over = true;
    deps.journal.record(trace);
    client.accepted(this.ray);
    carry(client.socket, stream, {
      deadlines: deps.deadlines,
      idleSeconds: deps.idleTimeout(),
      underWay: opened.underWay,
      counts: trace,
      ended: ({ outcome, detail }) => {
        this.reasons.push({ step: 'connection', outcome: 'ended', detail });
        trace.outcome = outcome;
        trace.endedAt = deps.now();
      },
    });
  }

  /** The client is gone before the connection stands. */
  giveUp(): void {
    if (this.over) return;
    this.reasons.push({ step: 'connection', outcome: 'ended', detail: 'the client went away before it stood' });
    this.finish('client_closed');
    this.abort.abort();
  }

  private finish(outcome: NonNullable<RequestTrace['outcome']>): void {
    this.over = true;
    this.trace.outcome = outcome;
    this.trace.endedAt = this.deps.now();
    this.deps.journal.record(this.trace);
  }
}
