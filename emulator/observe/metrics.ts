/** How an attempt ended: `answered`, or the kind of its failure (emulator/tunnel/connection.ts). */
export type AttemptOutcome = string;

/** One tunnel's connections in one data center, for the gauge. */
export interface TunnelConnections {
  /** The tunnel's name. */
  readonly tunnel: string;
  readonly dataCenter: string;
  readonly connections: number;
}

export interface MetricsOptions {
  /** Read at every scrape. */
  readonly tunnelConnections?: () => Iterable<TunnelConnections>;
}

/**
 * The edge's counters. Counting is on every request's path, so it only adds to plain numbers; the exposition
 * library is loaded by the first scrape and filled from them.
 */
export interface Metrics {
  /** A request came in. Every call is paired with one of `requestFinished`. */
  requestStarted(): void;
  /**
   * A request ended.
   *
   * @param loadBalancer its name, or '' when none took it. A name from the configuration, never from the client:
   *   labels must stay few.
   * @param colo code of the data center it entered
   * @param status what the client was answered; 0 when it went away before
   * @param seconds from the head's arrival to the response's end, real time
   */
  requestFinished(loadBalancer: string, colo: string, status: number, seconds: number): void;
  /** An attempt ended. `pool` is a name, or '' outside load balancers. */
  attempt(pool: string, outcome: AttemptOutcome): void;
  /** The configuration file changed and was taken, or refused whole. */
  configReload(outcome: 'applied' | 'refused'): void;
  /** The text format, version 0.0.4. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Upper bounds in seconds: from a request on loopback to one that waits out a connect timeout. */
export const DURATION_BUCKETS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];

/** `aborted` is a client that left before the head; the rest are the first digit of the status. */
export const STATUS_CLASSES = ['aborted', '1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/** What was counted so far, as the exposition reads it. */
export interface Counts {
  readonly inFlight: () => number;
  /** By load balancer and data center; one number for each of STATUS_CLASSES. */
  readonly requests: ReadonlyMap<string, ReadonlyMap<string, Float64Array>>;
  readonly durations: ReadonlyMap<string, Durations>;
  readonly attempts: ReadonlyMap<string, ReadonlyMap<string, { readonly value: number }>>;
  readonly reloads: Readonly<Record<'applied' | 'refused', number>>;
  readonly tunnelConnections: () => Iterable<TunnelConnections>;
}

/** A histogram's numbers: how many fell under each bound (not cumulated; the last is above all), and their sum. */
export interface Durations {
  readonly buckets: Float64Array;
  sum: number;
}

export function createMetrics(options: MetricsOptions = {}): Metrics {
  const requests = new Map<string, Map<string, Float64Array>>();
  const durations = new Map<string, Durations>();
  const attempts = new Map<string, Map<string, { value: number }>>();
  const reloads = { applied: 0, refused: 0 };
  let inFlight = 0;
  const counts: Counts = {
    inFlight: () => inFlight,
    requests,
    durations,
    attempts,
    reloads,
    tunnelConnections: options.tunnelConnections ?? (() => []),
  };
  let exposition: Promise<{ text(): Promise<string> }> | undefined;
  return {
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    requestStarted() {
      inFlight++;
    },
    requestFinished(loadBalancer, colo, status, seconds) {
      inFlight--;
      const byColo = childOf(requests, loadBalancer, newMap<Float64Array>);
      const classes = childOf(byColo, colo, newClasses);
      const statusClass = Math.min(Math.floor(status / 100), STATUS_CLASSES.length - 1);
      classes[statusClass] = (classes[statusClass] ?? 0) + 1;
      observe(childOf(durations, loadBalancer, newDurations), seconds);
    },
    attempt(pool, outcome) {
      childOf(childOf(attempts, pool, newMap<{ value: number }>), outcome, newCounter).value++;
    },
    configReload(outcome) {
      reloads[outcome]++;
    },
    async text() {
      exposition ??= import('./exposition.js').then((module) => module.createExposition(counts));
      return (await exposition).text();
    },
  };
}

function childOf<V>(parent: Map<string, V>, label: string, create: () => V): V {
  let child = parent.get(label);
  if (child === undefined) {
    child = create();
    parent.set(label, child);
  }
  return child;
}

function newMap<V>(): Map<string, V> {
  return new Map();
}

function newClasses(): Float64Array {
  return new Float64Array(STATUS_CLASSES.length);
}

function newDurations(): Durations {
  return { buckets: new Float64Array(DURATION_BUCKETS.length + 1), sum: 0 };
}

function newCounter(): { value: number } {
  return { value: 0 };
}

function observe(durations: Durations, seconds: number): void {
  let bucket = 0;
  while (bucket < DURATION_BUCKETS.length && seconds > (DURATION_BUCKETS[bucket] ?? 0)) bucket++;
  durations.buckets[bucket] = (durations.buckets[bucket] ?? 0) + 1;
  durations.sum += seconds;
}
