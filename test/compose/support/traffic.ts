import { realDeadlines } from '../../../runtime/deadlines.js';
import { ask } from '../../processes/support/client.js';
import { parseRoute } from '../../support/route.js';

/** How one request went. */
export interface Answer {
  readonly host: string;
  /** 0: none came, or not all of it. */
  readonly status: number;
  /** What the origin calls itself; absent when the edge answered. */
  readonly origin?: string;
  readonly tunnel?: string;
  readonly connector?: string;
  /** What went wrong without a whole answer. */
  readonly trouble?: string;
}

/** How long an answer may take before the request counts as hanging. Longer than the edge's own connect timeout. Milliseconds. */
const HANGING = 25_000;
const CLIENTS = 4;
/** Milliseconds between an answer and the client's next request: some 200 requests per second together. */
const PAUSE = 20;
/** The end of traffic that nobody stops. */
const MOST = 20_000;

/** Asks `edge` for a host's page, once. */
export async function get(edge: string, host: string): Promise<Answer> {
  const outcome = await orHanging(ask(edge, '/', { headers: { host } }));
  if (outcome.kind !== 'answered') {
    return { host, status: 0, trouble: 'code' in outcome ? outcome.code : outcome.kind };
  }
  const route = parseRoute(outcome.headers['colocal-route']?.toString());
  const origin = outcome.headers['x-origin']?.toString();
  return {
    host,
    status: outcome.status,
    ...(origin === undefined ? {} : { origin }),
    ...(typeof route.tunnel === 'string' ? { tunnel: route.tunnel } : {}),
    ...(typeof route.connector === 'string' ? { connector: route.connector } : {}),
  };
}

function orHanging<T>(asked: Promise<T>): Promise<T | { readonly kind: 'hanging' }> {
  return new Promise((resolve) => {
    const deadline = realDeadlines.after(HANGING, () => resolve({ kind: 'hanging' }));
    void asked.then((outcome) => {
      deadline.cancel();
      resolve(outcome);
    });
  });
}

/** Asks for a host's page so many times, one after the other. */
export async function getMany(edge: string, host: string, count: number): Promise<Answer[]> {
  const answers: Answer[] = [];
  while (answers.length < count) answers.push(await get(edge, host));
  return answers;
}

/** The statuses among them, sorted. */
export function statuses(answers: readonly Answer[]): number[] {
  return [...new Set(answers.map(({ status }) => status))].sort();
}

/** The origins that answered, sorted. */
export function origins(answers: readonly Answer[]): string[] {
  return [...new Set(answers.flatMap(({ origin }) => origin ?? []))].sort();
}

/** Those that are not 200. */
export function notOk(answers: readonly Answer[]): Answer[] {
  return answers.filter(({ status }) => status !== 200);
}

/** A few clients that ask again and again until they are stopped. */
export class Traffic {
  private readonly answers: Answer[] = [];
  private readonly running: Promise<void>[] = [];
  private stopped = false;
  private onAnswer: (() => void)[] = [];

  constructor(edge: string, hosts: readonly string[]) {
    for (let client = 0; client < CLIENTS; client++) {
      this.running.push(this.run(edge, hosts[client % hosts.length] ?? ''));
    }
  }

  /** Resolves with the next answers, that many. */
  async next(count: number): Promise<readonly Answer[]> {
    const from = this.answers.length;
    while (this.answers.length < from + count) {
      if (this.stopped || this.answers.length >= MOST) throw new Error('the traffic has ended');
      await new Promise<void>((resolve) => this.onAnswer.push(resolve));
    }
    return this.answers.slice(from);
  }

  /** Resolves with every answer since the beginning. */
  async stop(): Promise<readonly Answer[]> {
    this.stopped = true;
    await Promise.all(this.running);
    return this.answers;
  }

  private async run(edge: string, host: string): Promise<void> {
    while (!this.stopped && this.answers.length < MOST) {
      this.answers.push(await get(edge, host));
      for (const resolve of this.onAnswer.splice(0)) resolve();
      await new Promise<void>((resolve) => realDeadlines.after(PAUSE, resolve));
    }
  }
}
