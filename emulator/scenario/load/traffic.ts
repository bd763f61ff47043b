import { type Clock, parseSpan, type Scheduled } from '../../../runtime/clock.js';
import type { Rng } from '../../../runtime/rng.js';
import type { AskedRequest } from '../../explained-request.js';
import type { ClientResponse } from '../../forward/exchange.js';
import type { RequestTrace } from '../../observe/journal.types.js';
import type { RequestRecord } from '../scenario.types.js';
import type { LoadSpec } from '../schema.js';
import { Cookies, receiver } from './client.js';

export interface TrafficDeps {
  readonly clock: Pick<Clock, 'now' | 'schedule'>;
  /** When the scenario began. */
  readonly start: number;
  readonly rng: Rng;
  readonly handle: (asked: AskedRequest, response: ClientResponse) => void;
  readonly find: (ray: string) => RequestTrace | undefined | Promise<RequestTrace | undefined>;
  readonly connectorName: (id: string) => string;
}

/** The requests of a scenario: sent at moments of the clock, numbered in that order. */
export class Traffic {
  readonly records: RequestRecord[] = [];
  /** Requests that have not ended. */
  open = 0;
  private readonly loads = new Map<string, Load>();
  /** Records that are not complete. */
  private readonly pending = new Set<Promise<void>>();
  private awaitingEnd: (() => void) | undefined;

  constructor(private readonly deps: TrafficDeps) {}

  start(spec: LoadSpec): void {
    this.loads.set(spec.name, new Load(spec, this.deps, (...request) => this.send(...request)));
  }

  stop(name: string): void {
    this.loads.get(name)?.stop();
  }

  stopAll(): void {
    for (const load of this.loads.values()) load.stop();
  }

  /** Resolves when no request is open, and all is known of those that were. */
  async ended(): Promise<void> {
    if (this.open > 0) {
      await new Promise<void>((resolve) => {
        this.awaitingEnd = resolve;
      });
    }
    await Promise.all(this.pending);
  }

  private send(load: string, client: number, asked: AskedRequest, told: (headers: readonly string[]) => void): void {
    const { clock, start, find, connectorName } = this.deps;
    const { host, pathname, search } = new URL(asked.url);
    const record: RequestRecord = {
      number: this.records.length + 1,
      load,
      client,
      at: clock.now() - start,
      method: asked.method ?? 'GET',
      host,
      path: `${pathname}${search}`,
    };
    this.records.push(record);
    this.open++;
    const response = receiver(({ status, headers, ray }) => {
      this.open--;
      if (this.open === 0) this.awaitingEnd?.();
      record.endedAt = clock.now() - start;
      if (status !== undefined) record.status = status;
      told(headers);
      // The edge writes its record right behind the answer.
      const filled = Promise.resolve(ray)
        .then((known) => (known === undefined ? undefined : find(known)))
        .then((trace) => fill(record, trace, connectorName))
        .finally(() => this.pending.delete(filled));
      this.pending.add(filled);
    });
    try {
      this.deps.handle(asked, response);
    } catch (error) {
      // No data center takes it: ingress would answer so.
      const status = (error as { readonly status?: number }).status ?? 500;
      response.head(status, []);
      response.end([]);
      record.reasons = [{ step: 'vantage', outcome: 'refused', detail: (error as Error).message }];
    }
  }
}

function fill(record: RequestRecord, trace: RequestTrace | undefined, connectorName: (id: string) => string): void {
  if (!trace) return;
  const last = trace.attempts.at(-1);
  record.dataCenter = trace.dataCenter;
  record.attempts = trace.attempts.length;
  record.reasons = trace.reasons;
  if (trace.pool !== undefined) record.pool = trace.pool;
  if (trace.endpoint !== undefined) record.endpoint = trace.endpoint;
  if (last?.connector !== undefined) record.replica = connectorName(last.connector);
  if (last?.egress !== undefined) record.egress = last.egress;
}

type Send = (load: string, client: number, asked: AskedRequest, told: (headers: readonly string[]) => void) => void;

/** One steady stream of requests. What is drawn for a request depends on its number in the load alone. */
class Load {
  private sent = 0;
  private readonly began: number;
  private readonly most: number;
  private readonly rng: Rng;
  private readonly places: Rng;
  private readonly cookies = new Map<number, Cookies>();
  private next: Scheduled | undefined;

  constructor(
    private readonly spec: LoadSpec,
    private readonly deps: TrafficDeps,
    private readonly send: Send,
  ) {
    this.began = deps.clock.now();
    this.rng = deps.rng.fork(spec.name);
    this.places = this.rng.fork('clients');
    const span = spec.for === undefined ? undefined : (parseSpan(spec.for) ?? 0);
    this.most = span === undefined ? Number.POSITIVE_INFINITY : Math.ceil((span * spec.rate) / 1000);
    this.await();
  }

  stop(): void {
    this.next?.cancel();
  }

  private await(): void {
    if (this.sent >= this.most) return;
    // In the middle of its share of time, so that none coincides with what steps do.
    const due = this.began + ((this.sent + 0.5) * 1000) / this.spec.rate;
    this.next = this.deps.clock.schedule(Math.max(0, due - this.deps.clock.now()), `load ${this.spec.name}`, () => {
      this.sendOne();
      this.await();
    });
  }

  private sendOne(): void {
    const { spec } = this;
    const number = this.sent++;
    const rng = this.rng.fork(number);
    const client = number % spec.clients;
    const { colo, country, client_ip } = this.placeOf(client);
    const jar = spec.cookies ? this.cookiesOf(client) : undefined;
    const cookie = jar?.header;
    this.send(
      spec.name,
      client,
      {
        url: `${spec.scheme}://${pick(spec.hosts, rng)}${pick(spec.paths, rng)}`,
        method: pick(spec.methods, rng),
        headers: cookie === undefined ? {} : { Cookie: cookie },
        ...(colo === undefined ? {} : { colo }),
        ...(country === undefined ? {} : { country }),
        client_ip: client_ip ?? addressOf(client),
        remoteAddress: '127.0.0.1',
        remotePort: 1024 + (client % 60_000),
      },
      (headers) => jar?.keep(headers),
    );
  }

  /** A client stays where it is. */
  private placeOf(client: number): LoadSpec['from'][number] {
    const { from } = this.spec;
    const total = from.reduce((sum, { weight }) => sum + weight, 0);
    let draw = this.places.fork(client).next() * total;
    for (const place of from) {
      draw -= place.weight;
      if (draw < 0) return place;
    }
    return from[0] as LoadSpec['from'][number];
  }

  private cookiesOf(client: number): Cookies {
    const cookies = this.cookies.get(client) ?? new Cookies();
    this.cookies.set(client, cookies);
    return cookies;
  }
}

function pick<T>(items: readonly T[], rng: Rng): T {
  return items[items.length === 1 ? 0 : rng.int(items.length)] as T;
}

/** Of the range that is set aside for measuring networks (RFC 2544). */
function addressOf(client: number): string {
  return `198.18.${(client >> 8) & 0xff}.${client & 0xff}`;
}
