import type { Deadline } from '../../runtime/deadlines.js';
import type { Rng } from '../../runtime/rng.js';
import type { Exchange, Failure, FailureKind, ResponseHandler, ResponseHead } from '../tunnel/connection.js';
import { NO_TRAILERS, type Outcome } from './answering.js';
import type { ClientRequest, ClientResponse } from './exchange.js';
import type { CurrentAttempt, RunDeps } from './forward.types.js';
import { endToEnd } from './headers.js';
import { IdleWatch, idleDetail } from './idle-watch.js';
import { ReplayBody } from './replay.js';
import { deadlineAt } from './response-deadline.js';
import { declaredLength } from './response-length.js';
import { Run } from './run.js';

/** One HTTP request from a client, carried out: one object per request, which is also the handler of its response. */
export class RequestRun extends Run implements ResponseHandler {
  protected override readonly body: ReplayBody | null;
  private current: CurrentAttempt | undefined;
  private exchange: Exchange | undefined;
  private deadline: Deadline | undefined;
  /** From the head on. */
  private idle: IdleWatch | undefined;
  private headSeen = false;
  /** The client does not take what it is sent. */
  private clientIsFull = false;
  /** Bytes that the response's head announced; undefined: it did not, or there is no body. */
  private expected: number | undefined;
  private repeated = false;

  constructor(deps: RunDeps, request: ClientRequest, response: ClientResponse, rng: Rng) {
    super(deps, request, response, rng);
    this.body = request.body && new ReplayBody(request.body, this.onBodyStart, this.onBodyProgress);
    response.onDrain(() => {
      this.clientIsFull = false;
      this.idle?.moved();
      this.exchange?.resume();
    });
    response.onClose(() => this.clientClosed());
  }

  private readonly onBodyStart = (): void => {
    if (this.request.expectsContinue) this.response.continue();
  };

  /** The response is waited for from the moment in which the request is out, so an upload may take its time. */
  private readonly onBodyProgress = (chunk: Buffer): void => {
    this.recording?.requestBody(chunk);
    this.deadline?.refresh();
    this.idle?.moved();
  };

  protected override proceed(current: CurrentAttempt): void {
    this.current = current;
    this.headSeen = false;
    this.repeated = false;
    this.sendOn(current, undefined);
  }

  private sendOn(current: CurrentAttempt, last: Failure | undefined): void {
    const opened = this.open(current);
    if (!opened) {
      this.noConnection(current, last);
      return;
    }
    const { deadlines, settings } = this.deps;
    this.deadline = deadlineAt(opened, deadlines, settings().responseTimeout * 1000, () => this.timedOut());
    this.exchange = opened.request(current.head, this.body?.open() ?? null, this);
  }

  private timedOut(): void {
    if (this.finished || this.headSeen) return;
    this.exchange?.abort();
    this.fail({
      kind: 'response_timeout',
      detail: `no response within ${this.deps.settings().responseTimeout} s`,
      unsent: false,
    });
  }

  head(head: ResponseHead): void {
    this.deadline?.cancel();
    this.headSeen = true;
    const { current } = this;
    if (this.finished || !current) return;
    if (head.source === 'connector' && head.status === 502) {
      // cloudflared's own 502: the connector is there, the service is not (docs/reference/cloudflared-wire.md 6).
      this.exchange?.abort();
      this.attemptFailed(
        { kind: 'unspecified', detail: head.detail ?? 'the connector cannot reach the service', unsent: true },
        current.trace,
        current.path.kind,
      );
      return;
    }
    const length = declaredLength(head.headers);
    if (length === 'invalid') {
      this.exchange?.abort();
      this.attemptFailed(
        { kind: 'invalid_response', detail: 'the response has a Content-Length that cannot be', unsent: false },
        current.trace,
        current.path.kind,
      );
      return;
    }
    const bodiless = this.request.method === 'HEAD' || head.status === 204 || head.status === 304;
    this.expected = bodiless ? undefined : length;
    this.attemptAnswered(current, head);
    this.response.head(head.status, this.responseHeaders(head.headers));
    const { deadlines, settings } = this.deps;
    this.idle = new IdleWatch(deadlines, settings().idleTimeout, () => this.idled(), current.opened?.underWay);
  }

  private idled(): void {
    // While the client does not read, it is not the endpoint that keeps anybody waiting.
    if (this.finished || this.clientIsFull) return;
    this.exchange?.abort();
    this.cutOff('response_timeout', idleDetail(this.deps.settings().idleTimeout));
  }

  data(chunk: Buffer): boolean {
    if (this.finished) return true;
    this.trace.responseBytes += chunk.length;
    if (this.expected !== undefined && this.trace.responseBytes > this.expected) {
      this.exchange?.abort();
      this.cutOff('invalid_response', `the response is longer than its Content-Length, ${this.expected}`);
      return true;
    }
    this.idle?.moved();
    const more = this.response.write(chunk);
    this.clientIsFull = !more;
    return more;
  }

  end(trailers: readonly string[]): void {
    if (this.finished) return;
    const { expected, trace } = this;
    if (expected !== undefined && trace.responseBytes < expected) {
      this.cutOff('invalid_response', `the response ended after ${trace.responseBytes} of ${expected} bytes`);
      return;
    }
    this.response.end(trailers.length === 0 ? NO_TRAILERS : endToEnd(trailers));
    this.finish('complete');
  }

  fail(failure: Failure): void {
    this.deadline?.cancel();
    const { current } = this;
    if (this.finished || !current) return;
    if (this.headSeen) {
      this.cutOff(failure.kind, failure.detail);
      return;
    }
    if (this.resend(current, failure)) return;
    this.attemptFailed(failure, current.trace, current.path.kind);
  }

  /** The client has the head already: all that can be done is to let it see that the rest is missing. */
  private cutOff(kind: FailureKind, detail: string): void {
    const attempt = this.current?.trace;
    if (attempt) {
      attempt.failure = kind;
      this.explain({ step: 'attempt', subject: attempt.endpoint, outcome: 'cut_off', detail });
    }
    this.response.destroy();
    this.finish('cut_off');
  }

  /** Tries again within the same attempt, where that is safe: true when it did. */
  private resend(current: CurrentAttempt, failure: Failure): boolean {
    const connection = current.opened?.connection;
    if (connection && (failure.kind === 'lost' || failure.kind === 'no_connector')) {
      const whyNot = this.whyNotAgain(failure);
      if (whyNot !== undefined) {
        this.explain({ step: 'replica', outcome: 'none', detail: `not sent again: ${whyNot}` });
        return false;
      }
      current.tried.push(connection);
      this.explain({ step: 'replica', subject: connection.connectorId, outcome: 'failed', detail: failure.detail });
      this.sendOn(current, failure);
      return true;
    }
    // A kept connection that the origin closes just as it is used again tells nothing about the origin.
    if (
      failure.kind === 'reset' &&
      current.path.kind !== 'tunnel' &&
      !this.body &&
      !this.repeated &&
      this.mayResend(failure)
    ) {
      this.repeated = true;
      this.sendOn(current, failure);
      return true;
    }
    return false;
  }

  private clientClosed(): void {
    if (this.finished) return;
    this.deadline?.cancel();
    this.exchange?.abort();
    this.finish('client_closed');
  }

  protected override finish(outcome: Outcome): void {
    this.idle?.stop();
    if (this.body) {
      this.trace.requestBytes = this.body.bytes;
      if (this.body.whole) this.recording?.requestIsWhole();
      this.body.release();
    }
    super.finish(outcome);
  }
}
