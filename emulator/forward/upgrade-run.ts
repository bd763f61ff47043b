import { Agent, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import { createProxyServer } from 'httpxy';
import type { Rng } from '../../runtime/rng.js';
import { failureOfError } from '../reach/dial-failure.js';
import type { Opened } from '../reach/reach.js';
import type { Failure, RequestHead, ResponseHead, UpgradeResult } from '../tunnel/connection.js';
import { NO_TRAILERS } from './answering.js';
import type { ClientUpgrade } from './exchange.js';
import type { CurrentAttempt, RunDeps } from './forward.types.js';
import { IdleWatch, idleDetail } from './idle-watch.js';
import { endTogether, joinStreams, watchIdle } from './joined.js';
import { deadlineAt } from './response-deadline.js';
import { Run } from './run.js';
import { addHeader, headersOf, switchingHead } from './upgrade-head.js';
import { WaitingClient } from './waiting-client.js';

/** A request to switch protocols, from the decision to the two streams joined. */
export class UpgradeRun extends Run {
  /** A request with a body cannot switch protocols. */
  protected override readonly body = null;
  private readonly abort = new AbortController();
  private readonly client: WaitingClient;
  /** The client has the origin's answer, or is getting it. */
  private switched = false;

  constructor(
    deps: RunDeps,
    private readonly upgrade: ClientUpgrade,
    rng: Rng,
  ) {
    super(deps, upgrade.request, upgrade.response, rng);
    const { socket, head } = upgrade.raw;
    socket.on('error', () => this.clientClosed());
    socket.on('close', () => this.clientClosed());
    this.client = new WaitingClient(socket, head, () => this.clientClosed());
  }

  private clientClosed(): void {
    this.exchangeEnded();
    this.abort.abort();
    // It ended its side, and there will be no answer: the socket would stay half open.
    if (!this.switched) this.upgrade.raw.socket.destroy();
    this.finish('client_closed');
  }

  protected override proceed(current: CurrentAttempt): void {
    void this.tryEach(current);
  }

  private async tryEach(current: CurrentAttempt): Promise<void> {
    // What ends between neighbours is taken off requests; an upgrade is just that, so it is put on again.
    const head: RequestHead = {
      ...current.head,
      headers: [
        'Connection',
        'Upgrade',
        'Upgrade',
        this.upgrade.raw.message.headers.upgrade ?? 'websocket',
        ...current.head.headers,
      ],
    };
    let last: Failure | undefined;
    for (;;) {
      const opened = this.open(current);
      if (!opened) {
        this.noConnection(current, last);
        return;
      }
      const { responseTimeout } = this.deps.settings();
      const attempt = new AbortController();
      const giveUp = (): void => attempt.abort();
      this.abort.signal.addEventListener('abort', giveUp, { once: true });
      const deadline = deadlineAt(opened, this.deps.deadlines, responseTimeout * 1000, giveUp);
      try {
        const { switching } = opened;
        if (switching.by === 'connector') {
          this.answered(current, await switching.upgrade(head, attempt.signal));
        } else {
          this.handOver(current, head, opened, await switching.connect(attempt.signal));
        }
        return;
      } catch (error) {
        if (this.finished) return;
        const failure: Failure =
          attempt.signal.aborted && !this.abort.signal.aborted ? noResponse(responseTimeout) : failureOfError(error);
        const connection = opened.connection;
        if (!connection || !(failure.kind === 'lost' || failure.kind === 'no_connector') || !this.mayResend(failure)) {
          this.attemptFailed(failure, current.trace, current.path.kind);
          return;
        }
        current.tried.push(connection);
        last = failure;
      } finally {
        deadline.cancel();
        this.abort.signal.removeEventListener('abort', giveUp);
      }
    }
  }

  /** The connector carried the request to the origin, and here is what came of it. */
  private answered(current: CurrentAttempt, result: UpgradeResult): void {
    if (this.finished) {
      (result.accepted ? result.stream : result.body).destroy();
      return;
    }
    const answer = result.accepted ? result.stream : result.body;
    if (answer.errored) {
      // It broke before anybody could listen: nothing more will be heard of it.
      this.attemptFailed(failureOfError(answer.errored), current.trace, current.path.kind);
      return;
    }
    if (!result.accepted) {
      this.attemptAnswered(current, result.head);
      this.passOn(current, result.head, result.body);
      return;
    }
    this.attemptAnswered(current, result.head);
    const head = switchingHead(result.head.headers, this.extraHeaders());
    if (head === undefined) {
      result.stream.destroy();
      const detail = 'the answer to the upgrade has a header that cannot be';
      this.attemptFailed({ kind: 'invalid_response', detail, unsent: false }, current.trace, current.path.kind);
      return;
    }
    this.join(current, head, result.stream);
  }

  private join(current: CurrentAttempt, head: string, stream: Duplex): void {
    const { socket } = this.upgrade.raw;
    this.switched = true;
    this.client.handOver();
    socket.write(head, 'latin1');
    joinStreams(socket, stream);
    this.watch(current, stream);
    this.finish('complete');
  }

  /** A refused upgrade reaches the client as the origin gave it, body and all. */
  private passOn(current: CurrentAttempt, head: ResponseHead, body: Readable): void {
    const { response, deps } = this;
    this.abort.signal.addEventListener('abort', () => body.destroy());
    response.head(head.status, this.responseHeaders(head.headers));
    const idled = (): void => {
      // A client that does not read is waited for, not the endpoint.
      if (body.isPaused()) return;
      this.explainIdle(current);
      body.destroy();
      response.destroy();
      this.finish('cut_off');
    };
    const idle = new IdleWatch(deps.deadlines, deps.settings().idleTimeout, idled, current.opened?.underWay);
    body.on('close', () => idle.stop());
    response.onDrain(() => {
      idle.moved();
      body.resume();
    });
    body.on('data', (chunk: Buffer) => {
      idle.moved();
      this.trace.responseBytes += chunk.length;
      if (!response.write(chunk)) body.pause();
    });
    body.on('end', () => {
      response.end(NO_TRAILERS);
      this.finish('complete');
    });
    body.on('error', () => {
      response.destroy();
      this.finish('cut_off');
    });
  }

  /** Ends what was joined when nothing moves any more. The record of the request is written then: it is amended. */
  private watch(current: CurrentAttempt, origin: Readable): void {
    const { deadlines } = this.deps;
    const seconds = this.deps.settings().idleTimeout;
    const underWay = current.opened?.underWay;
    watchIdle(this.upgrade.raw.socket, origin, { deadlines, seconds, underWay }, () => {
      this.explainIdle(current);
      this.trace.outcome = 'cut_off';
      this.trace.endedAt = this.deps.now();
    });
  }

  private explainIdle({ trace }: CurrentAttempt): void {
    trace.failure = 'response_timeout';
    const detail = idleDetail(this.deps.settings().idleTimeout);
    this.explain({ step: 'attempt', subject: trace.endpoint, outcome: 'cut_off', detail });
  }

  /** The connection to the origin is open; httpxy speaks the upgrade on it and joins the two sockets. */
  private handOver(current: CurrentAttempt, head: RequestHead, opened: Opened, origin: Duplex): void {
    if (this.finished) {
      origin.destroy();
      return;
    }
    const { socket } = this.upgrade.raw;
    // httpxy keeps time by itself, and then breaks the client's socket: this way the client gets the page.
    const { responseTimeout } = this.deps.settings();
    const deadline = deadlineAt(opened, this.deps.deadlines, responseTimeout * 1000, () => {
      this.attemptFailed(noResponse(responseTimeout), current.trace, current.path.kind);
      origin.destroy();
    });
    this.abort.signal.addEventListener('abort', () => {
      deadline.cancel();
      // Once there is an answer the two sockets are joined, and each hears of the other's end.
      if (!this.switched) origin.destroy();
    });
    const proxy = createProxyServer({ ignorePath: false, prependPath: false });
    proxy.on('proxyReqWs', (request) => {
      const note = (answer: IncomingMessage): void => {
        deadline.cancel();
        this.switched = true;
        this.attemptAnswered(current, { status: answer.statusCode ?? 0 });
        for (const [name, value] of this.extraHeaders()) addHeader(answer.headers, name.toLowerCase(), value);
        this.finish('complete');
      };
      request.once('upgrade', (answer) => {
        this.client.handOver();
        note(answer);
        endTogether(socket, origin);
      });
      request.once('response', (answer) => {
        note(answer);
        this.watch(current, answer);
      });
    });
    // Not sooner: what came with the origin's answer would go to whoever listens first.
    proxy.on('open', () => this.watch(current, origin));
    proxy.on('error', (error) => {
      deadline.cancel();
      origin.destroy();
      if (this.switched) socket.destroy();
      else if (!this.finished) this.attemptFailed(failureOnceConnected(error), current.trace, current.path.kind);
    });
    const request = {
      method: 'GET',
      url: head.path,
      httpVersion: '1.1',
      httpVersionMajor: 1,
      headers: headersOf(head),
    };
    const target = { protocol: 'http:', host: 'origin', port: 80 };
    void proxy.ws(request as unknown as IncomingMessage, socket as Socket, { target, agent: agentOf(origin) });
  }

  protected override get staysOpen(): boolean {
    return this.switched && !this.upgrade.raw.socket.destroyed;
  }

  protected override finish(outcome: 'complete' | 'client_closed' | 'cut_off'): void {
    super.finish(outcome);
    this.client.dismiss();
  }

  private extraHeaders(): readonly [string, string][] {
    const headers = this.responseHeaders([]);
    const pairs: [string, string][] = [];
    for (let i = 0; i < headers.length; i += 2) pairs.push([headers[i] as string, headers[i + 1] as string]);
    return pairs;
  }
}

/**
 * What went wrong on a connection that was established: whatever the error is called, it tells nothing about
 * connecting any more, and the client's socket is spent, so that no other endpoint can be tried.
 */
function failureOnceConnected(error: Error): Failure {
  const { kind, detail } = failureOfError(error);
  return { kind: kind === 'invalid_response' ? kind : 'reset', detail, unsent: false };
}

/** An agent that has just one connection to give: the one that was opened for this upgrade. */
function agentOf(connection: Duplex): Agent {
  const agent = new Agent({ keepAlive: false });
  agent.createConnection = () => connection as Socket;
  return agent;
}

function noResponse(seconds: number): Failure {
  return { kind: 'response_timeout', detail: `no response within ${seconds} s`, unsent: false };
}
