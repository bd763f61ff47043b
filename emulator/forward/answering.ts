import type { Rng } from '../../runtime/rng.js';
import type { RequestTrace } from '../observe/journal.types.js';
import type { FixedResponse } from '../state/objects.js';
import type { Reason } from '../steering/steering.types.js';
import type { ClientRequest, ClientResponse } from './exchange.js';
import type { RunDeps } from './forward.types.js';
import { endToEnd } from './headers.js';
import { type EdgeErrorName, edgeError, pageOf } from './pages.js';
import { Recording } from './recording.js';
import { ROUTE_HEADER, routeHeader } from './route-header.js';

export type Outcome = 'complete' | 'client_closed' | 'cut_off';

/** What a client is told and what is kept of its request: response headers, error pages, the record. */
export abstract class Answering {
  protected readonly trace: RequestTrace;
  /** With the data center's code behind it. */
  protected readonly ray: string;
  protected finished = false;
  /** The Set-Cookie header of a session that this answer begins. */
  protected sessionCookie: string | undefined;
  protected readonly response: ClientResponse;
  /** undefined: nothing is to be recorded. */
  protected readonly recording: Recording | undefined;
  private readonly startedAt: number;

  constructor(
    protected readonly deps: RunDeps,
    protected readonly request: ClientRequest,
    response: ClientResponse,
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
      ...(vantage.insteadOf === undefined ? {} : { insteadOf: vantage.insteadOf }),
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
      ...(request.replayOf === undefined ? {} : { replayOf: request.replayOf }),
    };
    this.recording = Recording.of(request, deps.settings().record);
    this.response = this.recording?.watch(response) ?? response;
    deps.metrics.requestStarted();
  }

  /** What is known of the request so far; in the journal once it has ended. */
  get record(): RequestTrace {
    return this.trace;
  }

  protected explain(reason: Reason): void {
    (this.trace.reasons as Reason[]).push(reason);
  }

  /** Headers for the client: the origin's own, the ray, and the route unless it is turned off. */
  protected responseHeaders(headers: readonly string[]): string[] {
    const out = endToEnd(headers);
    if (this.sessionCookie !== undefined) out.push('Set-Cookie', this.sessionCookie);
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

  protected redirect(location: string): void {
    this.trace.status = 301;
    this.send(301, ['Location', location, 'Content-Length', '0'], undefined);
  }

  /** A rule's or pool set's answer (docs/reference/load-balancing.md 8.1). */
  protected answerFixed({ status_code, content_type, message_body, location }: FixedResponse): void {
    this.trace.status = status_code;
    const body = Buffer.from(message_body, 'utf8');
    const bodiless = status_code === 204 || status_code === 304;
    this.send(
      status_code,
      [
        ...(location === '' ? [] : ['Location', location]),
        ...(bodiless ? [] : ['Content-Type', content_type, 'Content-Length', String(body.length)]),
      ],
      bodiless ? undefined : body,
    );
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

  protected finish(outcome: Outcome): void {
    if (this.finished) return;
    this.finished = true;
    const { trace, deps } = this;
    trace.outcome = outcome;
    trace.endedAt = deps.now();
    if (this.recording) trace.recorded = this.recording.exchange(outcome === 'complete');
    const seconds = (deps.deadlines.now() - this.startedAt) / 1000;
    deps.metrics.requestFinished(trace.loadBalancer ?? '', trace.dataCenter, trace.status ?? 0, seconds);
    deps.journal.record(trace);
  }
}

const NO_REASONS: readonly Reason[] = Object.freeze([]);
export const NO_TRAILERS: readonly string[] = Object.freeze([]);

export function headerValue(headers: readonly string[], name: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) {
    if ((headers[i] as string).toLowerCase() === name) return headers[i + 1];
  }
  return undefined;
}
