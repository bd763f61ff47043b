import { Agent, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createProxyServer } from 'httpxy';
import type { Rng } from '../../runtime/rng.js';
import { failureOfError } from '../reach/dial-failure.js';
import type { Failure, RequestHead, ResponseHead, UpgradeResult } from '../tunnel/connection.js';
import { NO_TRAILERS } from './answering.js';
import type { ClientUpgrade } from './exchange.js';
import type { CurrentAttempt, ForwardDeps } from './forward.types.js';
import { Run } from './run.js';

/** A request to switch protocols, from the decision to the two streams joined. */
export class UpgradeRun extends Run {
  /** A request with a body cannot switch protocols. */
  protected override readonly body = null;
  private readonly abort = new AbortController();
  private switched = false;

  constructor(
    deps: ForwardDeps,
    private readonly upgrade: ClientUpgrade,
    rng: Rng,
  ) {
    super(deps, upgrade.request, upgrade.response, rng);
    upgrade.raw.socket.on('error', () => this.clientClosed());
    upgrade.raw.socket.on('close', () => this.clientClosed());
  }

  private clientClosed(): void {
    this.abort.abort();
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
      const timeout = this.deps.settings().responseTimeout * 1000;
      const attempt = new AbortController();
      const giveUp = (): void => attempt.abort();
      this.abort.signal.addEventListener('abort', giveUp, { once: true });
      const deadline = this.deps.deadlines.after(timeout, giveUp);
      try {
        const { switching } = opened;
        if (switching.by === 'connector') {
          this.answered(current, await switching.upgrade(head, attempt.signal));
        } else {
          this.handOver(current, head, await switching.connect(attempt.signal));
        }
        return;
      } catch (error) {
        if (this.finished) return;
        const failure: Failure =
          attempt.signal.aborted && !this.abort.signal.aborted
            ? { kind: 'response_timeout', detail: `no response within ${timeout / 1000} s`, unsent: false }
            : failureOfError(error);
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
    this.attemptAnswered(current.trace, result.head.status);
    if (result.accepted) this.join(result.head, result.stream);
    else this.passOn(result.head, result.body);
  }

  private join(head: ResponseHead, stream: Duplex): void {
    const { socket, head: early } = this.upgrade.raw;
    this.switched = true;
    socket.write(switchingHead(head.headers, this.extraHeaders()));
    if (early.length > 0) stream.write(early);
    joinStreams(socket, stream);
    this.finish('complete');
  }

  /** A refused upgrade reaches the client as the origin gave it, body and all. */
  private passOn(head: ResponseHead, body: NodeJS.ReadableStream): void {
    const { response } = this;
    response.head(head.status, this.responseHeaders(head.headers));
    response.onDrain(() => body.resume());
    body.on('data', (chunk: Buffer) => {
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

  /** The connection to the origin is open; httpxy speaks the upgrade on it and joins the two sockets. */
  private handOver(current: CurrentAttempt, head: RequestHead, origin: Duplex): void {
    if (this.finished) {
      origin.destroy();
      return;
    }
    const { socket, head: early } = this.upgrade.raw;
    const proxy = createProxyServer({ ignorePath: false, prependPath: false });
    proxy.on('proxyReqWs', (request) => {
      const note = (answer: IncomingMessage): void => {
        this.switched = true;
        this.attemptAnswered(current.trace, answer.statusCode ?? 0);
        for (const [name, value] of this.extraHeaders()) answer.headers[name.toLowerCase()] = value;
        this.finish('complete');
      };
      request.once('upgrade', note);
      request.once('response', note);
    });
    const request = {
      method: 'GET',
      url: head.path,
      httpVersion: '1.1',
      httpVersionMajor: 1,
      headers: headersOf(head),
    };
    const target = { protocol: 'http:', host: 'origin', port: 80 };
    void proxy.ws(
      request as unknown as IncomingMessage,
      socket as Socket,
      { target, agent: agentOf(origin), upgradeTimeout: this.deps.settings().responseTimeout * 1000 },
      early,
    );
    proxy.on('error', (error) => {
      origin.destroy();
      if (this.switched || this.finished) socket.destroy();
      else this.attemptFailed(failureOnceConnected(error), current.trace, current.path.kind);
    });
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
  const { code } = error as NodeJS.ErrnoException;
  const { kind, detail } = failureOfError(error);
  if (code === 'ERR_UPSTREAM_UPGRADE_TIMEOUT') return { kind: 'response_timeout', detail, unsent: false };
  return { kind: kind === 'invalid_response' ? kind : 'reset', detail, unsent: false };
}

/** An agent that has just one connection to give: the one that was opened for this upgrade. */
function agentOf(connection: Duplex): Agent {
  const agent = new Agent({ keepAlive: false });
  agent.createConnection = () => connection as Socket;
  return agent;
}

function headersOf(head: RequestHead): IncomingHttpHeaders {
  const headers: Record<string, string> = { host: head.authority };
  for (let i = 0; i < head.headers.length; i += 2) {
    const name = (head.headers[i] as string).toLowerCase();
    const value = head.headers[i + 1] as string;
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return headers;
}

function switchingHead(headers: readonly string[], extra: readonly [string, string][]): string {
  let text = 'HTTP/1.1 101 Switching Protocols\r\n';
  for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
  for (const [name, value] of extra) text += `${name}: ${value}\r\n`;
  return `${text}\r\n`;
}

/** Copies bytes both ways until both are done; a break on one side breaks the other. */
function joinStreams(a: Duplex, b: Duplex): void {
  a.pipe(b);
  b.pipe(a);
  a.on('close', () => b.destroy());
  b.on('close', () => a.destroy());
  a.on('error', () => b.destroy());
  b.on('error', () => a.destroy());
}
