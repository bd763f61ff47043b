import type { Duplex } from 'node:stream';
import type { Rng } from '../../../runtime/rng.js';
import type { Vantage } from '../../geo/geo.types.js';
import type { AttemptTrace, RequestTrace } from '../../observe/journal.types.js';
import { failureOfError } from '../../reach/dial-failure.js';
import type { OpenPath } from '../../reach/path.js';
import type { Opened } from '../../reach/reach.js';
import type { Attempt, Reason } from '../../steering/steering.types.js';
import type { Connection, Failure } from '../../tunnel/connection.js';
import { attemptBegun, attemptFailed, noConnection, takeConnection } from '../attempt.js';
import { type EdgeErrorName, edgeError } from '../edge-errors.js';
import type { InHand } from '../live-load.js';
import { errorOf } from '../status.js';
import { carry } from './carry.js';
import type {
  ConnectionClient,
  ConnectionDeps,
  ConnectionExtras,
  ConnectionPlan,
  RefusalCause,
} from './connection.types.js';
import { type ConnectionKind, openOptions, routeReason, traceOfConnection } from './steps.js';

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

/** One connection, carried out: the attempts of its plan, each with its way and dial, and then bytes both ways. */
export class ConnectionRun {
  readonly trace: RequestTrace;
  /** What led to where it goes; grows. */
  reasons: Reason[];
  private readonly ray: string;
  private readonly abort = new AbortController();
  private over = false;
  private inHand: InHand | undefined;

  constructor(
    private readonly deps: ConnectionDeps,
    private readonly vantage: Vantage,
    kind: ConnectionKind,
    private readonly client: ConnectionClient,
    private readonly rng: Rng,
  ) {
    const ray = rng.hex(8);
    this.ray = `${ray}-${vantage.dataCenter.code}`;
    this.trace = traceOfConnection(vantage, kind, ray, deps.now());
    this.reasons = [...this.trace.reasons];
    this.trace.reasons = this.reasons;
  }

  /** Tries what the plan has, in order, until a connection stands or nothing is left. */
  async carryOut(plan: ConnectionPlan, extras: ConnectionExtras = {}): Promise<void> {
    plan.reasons.unshift(...this.reasons);
    this.reasons = plan.reasons;
    this.trace.reasons = plan.reasons;
    if (plan.loadBalancer !== undefined) this.trace.loadBalancer = plan.loadBalancer;
    let last: Failed | undefined;
    for (let attempt = plan.next(); attempt; attempt = plan.next({ error: last.error, attempt })) {
      this.inHand = extras.count?.(attempt);
      const made = await this.attempt(attempt);
      if (this.over) {
        if ('stream' in made) made.stream.destroy();
        return;
      }
      if ('stream' in made) {
        this.connected(made, extras.greeting);
        return;
      }
      this.inHand?.ended();
      last = made;
    }
    if (last) this.refuse(last.cause, last.error, last.failure.detail);
    else this.refuse('dns', 'origin_dns', 'no endpoint is available');
  }

  private async attempt(attempt: Attempt): Promise<Connected | Failed> {
    const { deps, vantage, trace, reasons } = this;
    const attemptTrace = attemptBegun(trace, attempt);
    const path = deps.reach.resolve(attempt.endpoint, vantage.dataCenter, false);
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
      const opened = reach.open(path, openOptions(this.vantage, this.rng, tried));
      if (!opened) {
        reasons.push(...reach.whyNone(path, { from: this.vantage.dataCenter }));
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
    this.deps.metrics.attempt(attempt.pool ?? '', failure.kind);
    this.reasons.push(attemptFailed(attempt, failure));
    const error = errorOf(failure, 'private');
    if (!this.over) this.deps.failedAttempts.note(attempt, failure, edgeError(error).status);
    return { cause: failure.kind, error, failure };
  }

  /** There will be no connection, and the client hears why. */
  refuse(cause: RefusalCause, name: EdgeErrorName, detail: string): void {
    if (this.over) return;
    const error = edgeError(name);
    this.trace.status = error.status;
    if (error.code !== undefined) this.trace.error = error.code;
    this.finish('complete');
    this.client.refused({ cause, error, detail, ray: this.ray });
  }

  private connected({ stream, opened }: Connected, greeting: Buffer | undefined): void {
    const { trace, deps, client, inHand } = this;
    trace.status = 200;
    // Kept from now on, and amended: a connection may stay for days.
    this.over = true;
    inHand?.answered();
    deps.metrics.attempt(trace.attempts.at(-1)?.pool ?? '', 'answered');
    deps.journal.record(trace);
    client.accepted(this.ray);
    // Sockets to public addresses would end with the other side.
    stream.allowHalfOpen = true;
    if (greeting) stream.write(greeting);
    carry(client, stream, {
      deadlines: deps.deadlines,
      idleSeconds: deps.idleTimeout(),
      underWay: opened.underWay,
      counts: trace,
      ended: ({ outcome, detail }) => {
        inHand?.ended();
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
    this.inHand?.ended();
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
