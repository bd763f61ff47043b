import { parseSpan, type Scheduled } from '../../../runtime/clock.js';
import type { Opened } from '../../reach/reach.js';
import type { OriginSlow } from '../../state/fault.types.js';
import {
  type Exchange,
  type Failure,
  FailureError,
  type ResponseHandler,
  type ResponseHead,
} from '../../tunnel/connection.js';
import type { FaultDefinition } from '../fault.types.js';

/** The head of the response comes later, by a span of model time. What follows it does not wait again. */
export const originSlow: FaultDefinition<OriginSlow> = {
  drawn: 'each',
  way: ({ name, delay }, { clock }) => {
    const wait: Wait = (work) => clock.schedule(parseSpan(delay) ?? 0, `fault ${name}: the response`, work);
    return {
      replaces: 'nothing',
      detail: `the head of the response comes ${delay} later`,
      strike: (opened) => delaying(opened, wait),
    };
  },
};

type Wait = (work: () => void) => Scheduled;

function delaying(opened: Opened, wait: Wait): Opened {
  const { switching } = opened;
  return {
    ...opened,
    waitsForClock: true,
    request: (head, body, handler) => {
      const late = new LateResponse(handler, wait);
      late.exchange = opened.request(head, body, late);
      return late;
    },
    // A switch of protocols has no head that could be held back, so it begins later.
    switching:
      switching.by === 'connector'
        ? {
            by: 'connector',
            upgrade: async (head, signal) => {
              await pause(wait, signal);
              return switching.upgrade(head, signal);
            },
          }
        : {
            by: 'edge',
            connect: async (signal) => {
              await pause(wait, signal);
              return switching.connect(signal);
            },
          },
  };
}

function pause(wait: Wait, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const givenUp = (): void => {
      waiting.cancel();
      reject(new FailureError({ kind: 'aborted', detail: 'given up before the origin answered', unsent: true }));
    };
    const waiting = wait(() => {
      signal.removeEventListener('abort', givenUp);
      resolve();
    });
    if (signal.aborted) givenUp();
    else signal.addEventListener('abort', givenUp, { once: true });
  });
}

/**
 * Between the origin's response and whoever waits for it: holds back the head, and what comes behind it.
 *
 *     open -> holding (the head is there) -> passing
 */
class LateResponse implements ResponseHandler, Exchange {
  exchange: Exchange | undefined;
  private phase: 'open' | 'holding' | 'passing' | 'over' = 'open';
  private waiting: Scheduled | undefined;
  private readonly held: Buffer[] = [];
  private last: (() => void) | undefined;

  constructor(
    private readonly handler: ResponseHandler,
    private readonly wait: Wait,
  ) {}

  head(head: ResponseHead): void {
    if (this.phase !== 'open') return;
    this.phase = 'holding';
    this.waiting = this.wait(() => this.release(head));
  }

  data(chunk: Buffer): boolean {
    if (this.phase === 'passing') return this.handler.data(chunk);
    if (this.phase === 'holding') this.held.push(chunk);
    return this.phase === 'over';
  }

  end(trailers: readonly string[]): void {
    this.finally(() => this.handler.end(trailers));
  }

  fail(failure: Failure): void {
    this.finally(() => this.handler.fail(failure));
  }

  private finally(last: () => void): void {
    if (this.phase === 'over') return;
    if (this.phase === 'holding') {
      this.last = last;
      return;
    }
    this.phase = 'over';
    last();
  }

  private release(head: ResponseHead): void {
    this.phase = 'passing';
    this.handler.head(head);
    let flowing = true;
    for (const chunk of this.held.splice(0)) if (this.isPassing()) flowing = this.handler.data(chunk);
    if (!this.isPassing()) return;
    if (this.last) this.finally(this.last);
    else if (flowing) this.exchange?.resume();
  }

  /** The handler may abort in the middle of what it is given. */
  private isPassing(): boolean {
    return this.phase === 'passing';
  }

  resume(): void {
    if (this.phase === 'passing') this.exchange?.resume();
  }

  abort(): void {
    if (this.phase === 'over') return;
    this.phase = 'over';
    this.waiting?.cancel();
    this.exchange?.abort();
  }
}
