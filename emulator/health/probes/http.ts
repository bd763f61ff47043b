import type { Deadline } from '../../../runtime/deadlines.js';
import { messageOf } from '../../../runtime/errors.js';
import type { DialPhase } from '../../reach/dial.js';
import type { Exchange, Failure, ResponseHandler, ResponseHead } from '../../tunnel/connection.js';
import { type FailureReason, statusOf } from '../failure-reasons.js';
import { BodySearch, SEARCHED_BYTES } from './body-search.js';
import { isExpected } from './expected-codes.js';
import { firstTarget, type HttpTarget, headOf, locationOf, redirected, urlOf } from './http-target.js';
import type { AttemptResult, ProbeAttempt, ProbeContext, ProbeSubject } from './probe.types.js';
import { failedAttempt, Ways } from './ways.js';

/** Redirects of one check; more is a loop that changes its address. */
const MAX_REDIRECTS = 10;

/**
 * Passes when an answer with an expected code, and with the expected text at the beginning of its body, comes within
 * the timeout (docs/reference/load-balancing.md 2.2).
 */
export const probeHttp: ProbeAttempt = (subject, context) =>
  new Promise((resolve) => new HttpAttempt(subject, context, resolve).start());

/** One attempt: its requests, one after the other where it is redirected. */
class HttpAttempt implements ResponseHandler {
  private target: HttpTarget;
  private readonly asked = new Set<string>();
  private ways: Ways | undefined;
  private exchange: Exchange | undefined;
  private phase: 'connecting' | DialPhase = 'connecting';
  private search: BodySearch | undefined;
  private status = 0;
  /** Model time at which the present request began. */
  private began = 0;
  private roundTripMs = 0;
  private over = false;
  private readonly deadline: Deadline;

  constructor(
    private readonly subject: ProbeSubject,
    private readonly context: ProbeContext,
    private readonly resolve: (result: AttemptResult) => void,
  ) {
    this.target = firstTarget(subject);
    this.deadline = context.deadlines.after(subject.monitor.timeout * 1000, () => this.timedOut());
    context.signal.addEventListener('abort', this.givenUp, { once: true });
  }

  private readonly givenUp = (): void => this.failed('Other Failure', 'given up');

  start(): void {
    const { target, subject, context } = this;
    this.asked.add(urlOf(target));
    this.phase = 'connecting';
    this.ways = new Ways(subject, context, {
      ...target,
      onPhase: (phase) => {
        this.phase = phase;
      },
    });
    this.ask(this.ways);
  }

  private ask(ways: Ways): void {
    try {
      const way = ways.next();
      if (!way) {
        this.unanswered(ways);
        return;
      }
      // On a published application's path the connector does the dialling: all of it is waiting for the answer.
      if (ways.kind === 'tunnel') this.phase = 'connected';
      this.began = this.context.clock.now();
      this.exchange = way.request(headOf(this.target, this.subject, this.context.ray), null, this);
    } catch (error) {
      this.failed('Monitor Config Error', messageOf(error));
    }
  }

  head({ status, headers }: ResponseHead): void {
    if (this.over) return;
    this.status = status;
    this.roundTripMs = this.context.clock.now() - this.began + (this.ways?.roundTripMs ?? 0);
    const location = this.subject.monitor.follow_redirects ? locationOf(status, headers) : undefined;
    if (location === undefined) this.judge();
    else this.follow(location);
  }

  private follow(location: string): void {
    const next = redirected(this.target, location);
    if (!next) {
      this.failed('HTTP Invalid Response', `redirected to ${JSON.stringify(location)}, which is no HTTP address`);
    } else if (this.asked.has(urlOf(next))) {
      // There is no final answer to judge: each of them is a redirect.
      this.failed('Response code mismatch error', `redirects lead back to ${urlOf(next)}`);
    } else if (this.asked.size > MAX_REDIRECTS) {
      this.failed('Response code mismatch error', `redirected more than ${MAX_REDIRECTS} times`);
    } else {
      this.exchange?.abort();
      this.target = next;
      this.start();
    }
  }

  /** The final answer's code is known. */
  private judge(because = ''): void {
    const { expected_codes, expected_body } = this.subject.monitor;
    if (!isExpected(this.status, expected_codes)) {
      const detail = `answered ${this.status}, expected ${expected_codes}${because && `: ${because}`}`;
      this.failed('Response code mismatch error', detail);
    } else if (expected_body === '') this.passed();
    else this.search = new BodySearch(expected_body);
  }

  data(chunk: Buffer): boolean {
    if (!this.search || this.over) return true;
    const found = this.search.add(chunk);
    if (found === 'found') this.passed();
    else if (found === 'absent') this.bodyMismatch(`the first ${SEARCHED_BYTES / 1024} KB do not contain`);
    return true;
  }

  end(): void {
    if (!this.over) this.bodyMismatch('the body does not contain');
  }

  private bodyMismatch(what: string): void {
    this.failed('Response body mismatch error', `${what} ${JSON.stringify(this.subject.monitor.expected_body)}`);
  }

  fail(failure: Failure): void {
    const { ways } = this;
    if (this.over || !ways) return;
    if (ways.failed(failure)) this.ask(ways);
    else this.unanswered(ways);
  }

  /** No answer came, or it broke off. Where clients would get the edge's own answer, that is what is judged. */
  private unanswered(ways: Ways): void {
    const { failure } = ways;
    const status = ways.kind === 'tunnel' && !this.search ? statusOf(failure) : undefined;
    if (status === undefined) {
      this.settle(failedAttempt(failure));
      return;
    }
    this.status = status;
    this.judge(failure.detail);
    // Such an answer has a page of the edge's, which is not what anybody looks for.
    if (this.search) this.bodyMismatch('the error page does not contain');
  }

  private timedOut(): void {
    const within = `within ${this.subject.monitor.timeout} s`;
    switch (this.phase) {
      case 'connecting':
        this.failed('TCP Timeout', `no connection ${within}`, true);
        return;
      case 'handshake':
        this.failed('TLS Handshake Failure', `the TLS handshake did not end ${within}`, true);
        return;
      case 'connected':
        this.failed('HTTP timeout occurred', `${this.search ? 'no whole body' : 'no answer'} ${within}`, true);
    }
  }

  private passed(): void {
    const { status: responseCode, roundTripMs } = this;
    const detail = `answered ${responseCode}`;
    this.settle({ result: { passed: true, responseCode, detail, roundTripMs }, timedOut: false });
  }

  private failed(reason: FailureReason, detail: string, timedOut = false): void {
    const code = this.status === 0 ? {} : { responseCode: this.status };
    this.settle({ result: { passed: false, reason, ...code, detail }, timedOut });
  }

  private settle(result: AttemptResult): void {
    if (this.over) return;
    this.over = true;
    this.deadline.cancel();
    this.context.signal.removeEventListener('abort', this.givenUp);
    // Whatever more the endpoint has to say, nobody reads it.
    this.exchange?.abort();
    this.resolve(result);
  }
}
