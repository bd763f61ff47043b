import type { Readable } from 'node:stream';
import type { Clock, Scheduled } from '../../../runtime/clock.js';
import type { Opened } from '../../reach/reach.js';
import type {
  Connection,
  Exchange,
  Failure,
  RequestHead,
  ResponseHandler,
  ResponseHead,
} from '../../tunnel/connection.js';
import { takeService } from './service-header.js';

/** What is held back of one answer before the origin is asked to wait. Bytes. */
const MOST_HELD = 256 * 1024;

export interface ModelledExchangeOptions {
  readonly clock: Pick<Clock, 'begin' | 'schedule'>;
  /** In which order exchanges began. */
  readonly number: number;
  readonly endpoint: string;
  readonly over: (exchange: ModelledExchange) => void;
}

/**
 * One request and its answer. The real exchange is over at once, and the clock waits for it; then the answer is held
 * back for as long as it would have taken.
 *
 *     asking (in real sockets) -> held (on the clock) -> passing -> over
 */
export class ModelledExchange implements Exchange, ResponseHandler {
  readonly number: number;
  /** The tunnel's connection that carries it. */
  readonly connection: Connection | undefined;
  /** The sample origin that answered. */
  origin: string | undefined;
  private phase: 'asking' | 'held' | 'passing' | 'over' = 'asking';
  private readonly exchange: Exchange;
  private readonly answered: () => void;
  private timer: Scheduled | undefined;
  private readonly held: (() => boolean)[] = [];
  private heldBytes = 0;
  private paused = false;

  constructor(
    opened: Opened,
    head: RequestHead,
    body: Readable | null,
    private readonly handler: ResponseHandler,
    private readonly options: ModelledExchangeOptions,
  ) {
    this.number = options.number;
    this.connection = opened.connection;
    this.answered = options.clock.begin(`request ${options.number}`, `requests to ${options.endpoint}`);
    this.exchange = opened.request(head, body, this);
  }

  head(head: ResponseHead): void {
    if (this.phase !== 'asking') return;
    const { service, rest } = takeService(head.headers);
    this.origin = service?.origin;
    this.hold(service?.takes ?? 0);
    this.pass(() => {
      this.handler.head({ ...head, headers: rest });
      return true;
    });
  }

  data(chunk: Buffer): boolean {
    if (this.phase === 'passing') return this.handler.data(chunk);
    this.heldBytes += chunk.length;
    this.pass(() => this.handler.data(chunk));
    this.paused = this.heldBytes > MOST_HELD;
    // The rest comes when what is here has passed: there is nothing left to wait for.
    if (this.paused) this.answered();
    return !this.paused;
  }

  end(trailers: readonly string[]): void {
    this.last(() => this.handler.end(trailers));
  }

  fail(failure: Failure): void {
    if (this.phase === 'asking') this.phase = 'passing';
    this.last(() => this.handler.fail(failure));
  }

  private last(tell: () => void): void {
    this.pass(() => {
      this.finish();
      tell();
      return true;
    });
    this.answered();
  }

  /** From now on the answer is held back. */
  private hold(milliseconds: number): void {
    if (milliseconds === 0) {
      this.phase = 'passing';
      return;
    }
    this.phase = 'held';
    if (milliseconds === Number.POSITIVE_INFINITY) return;
    const what = `answer ${this.number} of ${this.options.endpoint}`;
    this.timer = this.options.clock.schedule(milliseconds, what, () => this.release());
  }

  private pass(tell: () => boolean): void {
    if (this.phase === 'held') this.held.push(tell);
    else if (this.phase === 'passing') tell();
  }

  private release(): void {
    this.phase = 'passing';
    let flowing = true;
    for (const tell of this.held.splice(0)) if (this.isPassing()) flowing = tell();
    if (this.isPassing() && this.paused && flowing) this.resume();
  }

  /** The handler may abort in the middle of what it is given. */
  private isPassing(): boolean {
    return this.phase === 'passing';
  }

  /** Whether it has an answer that is still on its way. */
  get isHeld(): boolean {
    return this.phase === 'held';
  }

  /** Its answer does not come after all. */
  breakOff(failure: Failure): void {
    if (!this.isHeld) return;
    this.finish();
    this.exchange.abort();
    this.handler.fail(failure);
  }

  resume(): void {
    if (this.phase !== 'passing') return;
    this.paused = false;
    this.exchange.resume();
  }

  abort(): void {
    if (this.phase === 'over') return;
    this.finish();
    this.exchange.abort();
    this.answered();
  }

  private finish(): void {
    this.phase = 'over';
    this.timer?.cancel();
    this.held.length = 0;
    this.options.over(this);
  }
}
