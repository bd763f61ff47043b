import type { OpenMessage, ResetCause } from '../protocol/messages.js';
import { CAUSE_NAMES } from './failures.js';
import type { ExchangeEnd } from './origin/http.js';

type Kind = OpenMessage['kind'];

const KINDS: readonly Kind[] = ['http', 'upgrade', 'tcp'];

/** What the connector counts, as numbers that cost nothing until somebody reads `/metrics`. */
export class Counters {
  private readonly total: Record<Kind, number> = { http: 0, upgrade: 0, tcp: 0 };
  private readonly open: Record<Kind, number> = { http: 0, upgrade: 0, tcp: 0 };
  private readonly statuses = new Map<number, number>();
  private readonly failures = new Map<ResetCause, number>();
  reconnects = 0;

  opened(kind: Kind): void {
    this.total[kind]++;
    this.open[kind]++;
  }

  ended(kind: Kind, end: ExchangeEnd): void {
    this.open[kind]--;
    if ('cause' in end) this.failures.set(end.cause, (this.failures.get(end.cause) ?? 0) + 1);
    else if (kind !== 'tcp') this.statuses.set(end.status, (this.statuses.get(end.status) ?? 0) + 1);
  }

  /** The Prometheus text format. By hand: six families do not need a library loaded into every connector. */
  render(connections: number): string {
    return [
      ...family('connections', 'gauge', 'Registered connections to the edge.', [['', connections]]),
      ...family('reconnects_total', 'counter', 'Connections that were lost and dialled again.', [
        ['', this.reconnects],
      ]),
      ...family(
        'requests_total',
        'counter',
        'Streams the edge opened.',
        KINDS.map((kind) => [label({ kind }), this.total[kind]]),
      ),
      ...family(
        'requests_open',
        'gauge',
        'Streams now open.',
        KINDS.map((kind) => [label({ kind }), this.open[kind]]),
      ),
      ...family(
        'responses_total',
        'counter',
        'Complete answers by status.',
        [...this.statuses].map(([status, count]) => [label({ status: String(status) }), count]),
      ),
      ...family(
        'failures_total',
        'counter',
        'Streams that were given up, by cause.',
        [...this.failures].map(([cause, count]) => [label({ cause: CAUSE_NAMES.get(cause) ?? String(cause) }), count]),
      ),
      '',
    ].join('\n');
  }
}

type Sample = readonly [labels: string, value: number];

function family(name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[]): string[] {
  const full = `colocal_connector_${name}`;
  return [
    `# HELP ${full} ${help}`,
    `# TYPE ${full} ${type}`,
    ...samples.map(([labels, value]) => `${full}${labels} ${value}`),
  ];
}

/** Label values here are our own words and numbers: nothing to escape. */
function label(labels: Readonly<Record<string, string>>): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')}}`;
}
