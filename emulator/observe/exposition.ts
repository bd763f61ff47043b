import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type Counts, DURATION_BUCKETS, STATUS_CLASSES } from './metrics.js';
import { registerProcessMetrics } from './process-metrics.js';

const DURATION_NAME = 'colocal_request_duration_seconds';
const DURATION_HELP = 'Real time from the arrival of a request head to the end of its response, by load balancer.';

/** Renders {@link Counts} in the Prometheus text format, with a registry of its own. */
export function createExposition(counts: Counts): { text(): Promise<string> } {
  const registry = new Registry();
  const registers = [registry];
  new Counter({
    name: 'colocal_requests_total',
    help: 'Requests that ended, by load balancer (empty: none took it), class of the status and data center of entry.',
    labelNames: ['load_balancer', 'status_class', 'colo'],
    registers,
    collect() {
      this.reset();
      for (const [load_balancer, byColo] of counts.requests) {
        for (const [colo, classes] of byColo) {
          STATUS_CLASSES.forEach((status_class, index) => {
            const value = classes[index] ?? 0;
            if (value > 0) this.inc({ load_balancer, status_class, colo }, value);
          });
        }
      }
    },
  });
  new Gauge({
    name: 'colocal_requests_in_flight',
    help: 'Requests that have come in and have not ended.',
    registers,
    collect() {
      this.set(counts.inFlight());
    },
  });
  new CountedHistogram(registry, counts);
  new Counter({
    name: 'colocal_attempts_total',
    help: 'Attempts to have a request answered by an endpoint, by pool (empty: outside load balancers) and outcome.',
    labelNames: ['pool', 'outcome'],
    registers,
    collect() {
      this.reset();
      for (const [pool, outcomes] of counts.attempts) {
        for (const [outcome, { value }] of outcomes) this.inc({ pool, outcome }, value);
      }
    },
  });
  new Gauge({
    name: 'colocal_tunnel_connections',
    help: 'Connections of connectors, by tunnel and by the data center in which they end.',
    labelNames: ['tunnel', 'data_center'],
    registers,
    collect() {
      this.reset();
      for (const { tunnel, dataCenter, connections } of counts.tunnelConnections()) {
        this.inc({ tunnel, data_center: dataCenter }, connections);
      }
    },
  });
  new Counter({
    name: 'colocal_config_reloads_total',
    help: 'Edits of the configuration file that were applied, or refused whole.',
    labelNames: ['outcome'],
    registers,
    collect() {
      this.reset();
      this.inc({ outcome: 'applied' }, counts.reloads.applied);
      this.inc({ outcome: 'refused' }, counts.reloads.refused);
    },
  });
  registerProcessMetrics(registry);
  return { text: () => registry.metrics() };
}

/** The library's histogram can only be observed value by value; this one reports the numbers that were counted already. */
class CountedHistogram extends Histogram<'load_balancer'> {
  constructor(
    registry: Registry,
    private readonly counts: Counts,
  ) {
    super({
      name: DURATION_NAME,
      help: DURATION_HELP,
      labelNames: ['load_balancer'],
      buckets: [...DURATION_BUCKETS],
      registers: [registry],
    });
  }

  /** What the library's registry calls on a scrape. */
  async getForPromString(): Promise<unknown> {
    const values: { labels: Record<string, string | number>; value: number; metricName: string }[] = [];
    for (const [load_balancer, { buckets, sum }] of this.counts.durations) {
      let count = 0;
      buckets.forEach((value, index) => {
        count += value;
        const le = DURATION_BUCKETS[index] ?? '+Inf';
        values.push({ labels: { le, load_balancer }, value: count, metricName: `${DURATION_NAME}_bucket` });
      });
      values.push({ labels: { load_balancer }, value: sum, metricName: `${DURATION_NAME}_sum` });
      values.push({ labels: { load_balancer }, value: count, metricName: `${DURATION_NAME}_count` });
    }
    return { name: DURATION_NAME, help: DURATION_HELP, type: 'histogram', values };
  }
}
