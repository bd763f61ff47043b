import type { StateView } from '../control/state-view.schema.js';
import type { RequestTrace } from '../observe/journal.types.js';
import { renderList, renderTable } from './table.js';

/** What `status` prints: at most 80 columns wide. */
export function renderStatus(url: string, state: StateView, requests: readonly RequestTrace[]): string {
  const { clock } = state;
  const sections: [string, string[]][] = [
    ['LISTENERS', renderTable(state.listeners.map(({ name, address }) => [name, address]))],
    ['DATA CENTERS', renderList(state.data_centers.map(describeDataCenter))],
    ['TUNNELS', renderTable(state.tunnels.map(describeTunnel))],
    ['LOAD BALANCERS', renderTable(state.load_balancers.map(describeLoadBalancer))],
    ['POOLS', renderTable(state.pools.flatMap(describePool))],
    ['LAST REQUESTS', renderTable(requests.map(describeRequest))],
  ];
  const failures = renderTable(state.pools.flatMap(describeFailures));
  if (failures.length > 0) sections.splice(-1, 0, ['FAILING CHECKS', failures]);
  if (state.faults.length > 0) sections.splice(-1, 0, ['FAULTS', renderTable(state.faults.map(describeFault))]);
  return [
    `colocal ${state.version} at ${url}`,
    `revision ${state.revision}, ${clock.mode} clock ${clock.now}`,
    ...sections.flatMap(([title, lines]) => ['', title, ...(lines.length === 0 ? ['  none'] : lines)]),
  ].join('\n');
}

function describeDataCenter({ code, connections, ...center }: StateView['data_centers'][number]): string {
  const notes = [
    ...(center.running ? [] : ['down']),
    ...(center.default ? ['default'] : []),
    ...(connections > 0 ? [`${connections} conn`] : []),
  ];
  return notes.length === 0 ? code : `${code} (${notes.join(', ')})`;
}

function describeFault({ name, type, match, enabled, active }: StateView['faults'][number]): string[] {
  const touched = Object.entries(match).map(([key, value]) => `${key} ${shown(value)}`);
  // Name and match come last: they may be long.
  return [
    active ? 'active' : enabled ? 'not active now' : 'disabled',
    type,
    touched.length === 0 ? name : `${name} (${touched.join(', ')})`,
  ];
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function describeTunnel(tunnel: StateView['tunnels'][number]): string[] {
  const { connections } = tunnel;
  const byDataCenter = new Map<string, number>();
  for (const { data_center } of connections) byDataCenter.set(data_center, (byDataCenter.get(data_center) ?? 0) + 1);
  const connectors = new Set(connections.map((connection) => connection.connector_id)).size;
  // Not requests in flight: a dial stays open, idle, for as long as the edge keeps its connection to the origin.
  const streams = connections.reduce((sum, connection) => sum + connection.in_flight, 0);
  return [
    tunnel.name,
    tunnel.status,
    connectors === 0 ? 'no connector' : plural(connectors, 'connector'),
    [...byDataCenter].map(([code, count]) => `${code} ${count}`).join(', ') || '-',
    plural(streams, 'stream'),
    tunnel.networks.join(', '),
  ];
}

function describeLoadBalancer(balancer: StateView['load_balancers'][number]): string[] {
  const states = [...(balancer.enabled ? [] : ['disabled']), ...reachedBy(balancer)];
  return [
    balancer.name,
    balancer.steering_policy || 'off',
    [`${balancer.default_pools.join(' > ')}, fallback ${balancer.fallback_pool}`, ...states].join(', '),
  ];
}

function reachedBy({ address, proxied }: StateView['load_balancers'][number]): string[] {
  if (address !== undefined) return [`private, at ${address}`];
  return proxied ? [] : ['DNS only'];
}

function describePool(pool: StateView['pools'][number]): string[][] {
  return pool.endpoints.map((endpoint, index) => {
    const port = endpoint.port === 0 ? '' : `:${endpoint.port}`;
    const network = endpoint.virtual_network === undefined ? '' : ` in ${endpoint.virtual_network}`;
    const disabled = pool.enabled && endpoint.enabled ? '' : ' (disabled)';
    return [
      index === 0 ? `${pool.name}${pool.health === undefined ? '' : ` (${pool.health})`}` : '',
      endpoint.name,
      endpoint.tunnel === undefined
        ? `${endpoint.address}${port}${network}${disabled}`
        : `tunnel ${endpoint.tunnel}${disabled}`,
      `weight ${endpoint.weight}`,
      endpoint.health?.state ?? '',
    ];
  });
}

/** One row for each thing that goes wrong with an endpoint's checks. */
function describeFailures({ name: pool, endpoints }: StateView['pools'][number]): string[][] {
  return endpoints.flatMap(({ name, health }) => {
    if (!health) return [];
    const { passing, waiting, failing } = health;
    const all = failing.reduce((sum, { data_centers }) => sum + data_centers.length, passing.length + waiting.length);
    return failing.map(({ failure_reason, detail, data_centers }) => [
      `${name} of ${pool}`,
      `from ${data_centers.length} of ${all}`,
      `${failure_reason}: ${detail}`,
    ]);
  });
}

function describeRequest(trace: RequestTrace): string[] {
  const last = trace.attempts.at(-1);
  const way = last === undefined ? '' : `${last.endpoint}${last.egress === undefined ? '' : ` (${last.egress})`}`;
  return [
    new Date(trace.startedAt).toISOString().slice(11, 19),
    String(trace.status ?? '-'),
    `${trace.dataCenter} -> ${way || '-'}`,
    `${trace.method} ${trace.host}${trace.path}`,
  ];
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
