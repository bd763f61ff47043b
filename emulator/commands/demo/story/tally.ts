/** How one request of the story ended. */
export interface Result {
  /** Whether it may be sent again without asking: GET may, POST may not (RFC 9110 9.2.2). */
  readonly retryable: boolean;
  /** Undefined: the connection broke before an answer. */
  readonly status: number | undefined;
  /** The origin that answered, by its own name. */
  readonly origin: string | undefined;
}

/** What became of the requests that were sent within one span of time. */
export class Tally {
  sent = 0;
  /** Answers by origin. */
  readonly answered = new Map<string, number>();
  readonly lost = { retryable: 0, other: 0 };
  /** How the lost ones ended, e.g. `502`, `no answer`. */
  readonly ways = new Map<string, number>();
  private open = 0;
  private waiting: (() => void)[] = [];

  /** One is sent; call what this returns with its result. */
  send(): (result: Result) => void {
    this.sent++;
    this.open++;
    return (result) => {
      this.count(result);
      this.open--;
      if (this.open === 0) for (const settle of this.waiting.splice(0)) settle();
    };
  }

  /** Resolves when every request that was sent has ended. */
  settled(): Promise<void> {
    if (this.open === 0) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private count({ status, origin, retryable }: Result): void {
    if (status === 200 && origin !== undefined) {
      add(this.answered, origin);
      return;
    }
    this.lost[retryable ? 'retryable' : 'other']++;
    add(this.ways, status === undefined ? 'no answer' : String(status));
  }
}

/** Several spans as one. All of them have to be settled. */
export function sum(tallies: readonly Tally[]): Tally {
  const all = new Tally();
  for (const { sent, answered, lost, ways } of tallies) {
    all.sent += sent;
    all.lost.retryable += lost.retryable;
    all.lost.other += lost.other;
    for (const [origin, count] of answered) add(all.answered, origin, count);
    for (const [way, count] of ways) add(all.ways, way, count);
  }
  return all;
}

function add(counts: Map<string, number>, key: string, count = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}
