import { expect, test } from 'vitest';
import { jsonReport, parseScenario, runScenario, timeline } from '../../emulator/scenario/index.js';
import type { RequestRecord } from '../../emulator/scenario/scenario.types.js';

/** Safety net: a scenario takes seconds, on a machine that has nothing else to do. */
const LONG = 240_000;

/** Two servers with private addresses behind tunnels, distances that count, a stretch that gets longer, and a connector that hangs. */
const PRIVATE = `
name: Private and far
config:
  data_centers: [NRT, LHR]
  settings: { simulate_latency: true, minimum_monitor_interval: 5 }
  zones:
    - name: example.com
      settings: { ssl: flexible }
      load_balancers:
        - { name: app.example.com, proxied: true, default_pools: [near, far] }
  pools:
    - { name: near, monitor: app, origins: [{ name: near, address: 10.128.0.1, port: 8000, virtual_network: lab }] }
    - { name: far, monitor: app, origins: [{ name: far, address: 10.128.0.2, port: 8000, virtual_network: lab }] }
  monitors:
    - { name: app, path: /health, expected_codes: 2xx, interval: 10, timeout: 2, retries: 0 }
  tunnels:
    - { name: near, config: { ingress: [{ service: http_status:404 }] }, routes: [{ network: 10.128.0.1/32, virtual_network: lab }] }
    - { name: far, config: { ingress: [{ service: http_status:404 }] }, routes: [{ network: 10.128.0.2/32, virtual_network: lab }] }
  virtual_networks: [{ name: lab }]
origins:
  - { name: near, address: "10.128.0.1:8000", service_time: 40ms }
  - { name: far, address: "10.128.0.2:8000", service_time: 40ms, jitter: 20ms }
connectors:
  - { name: near-1, tunnel: near, location: NRT }
  - { name: far-1, tunnel: far, location: LHR }
steps:
  - at: 15s
    load: { name: users, rate: 10, hosts: [app.example.com], from: [{ colo: NRT }] }
  - at: 20s
    expect: { failed: 0, shares: { pool: { near: 100% }, replica: { near-1: 100% } }, tolerance: 0% }
  - at: 20s
    fault: { name: detour, type: link_latency, between: edge-connector, latency: 300ms, match: { tunnel: near }, duration: 5s }
  - at: 30s
    expect: { failed: 0, shares: { pool: { near: 100% } }, reason: { step: fault, subject: detour } }
  - at: 30s
    name: hung
    fault: { name: hung, type: connector_hung, match: { connector: near-1 } }
  - at: 2m
    expect:
      status: { 522: { at_least: 1 } }
      failover_within: { after: hung, within: 12s, to: far }
      health: { pools: { near: critical, far: healthy } }
`;

/** How long the requests took that were sent in a span of seconds; milliseconds, each once. */
function times(requests: readonly RequestRecord[], from: number, to: number): number[] {
  const sent = requests.filter(({ at }) => at >= from * 1000 && at < to * 1000);
  return [...new Set(sent.map(({ at, endedAt = Number.NaN }) => Math.round(endedAt - at)))];
}

test('private addresses, distances, slow stretches and hung connectors go by the clock', {
  timeout: LONG,
}, async () => {
  const play = async () => runScenario(await parseScenario(PRIVATE, 'private.yaml'), 3);
  const result = await play();
  expect(result.passed, timeline(result)).toBe(true);

  const { requests } = result;
  const [usual = 0, ...others] = times(requests, 15, 20);
  expect(usual).toBeGreaterThanOrEqual(40);
  expect(others).toEqual([]);
  // There and back.
  expect(times(requests, 20, 24)).toEqual([usual + 600]);
  expect(times(requests, 26, 29)).toEqual([usual]);
  // From Tokyo to London and back takes its time, and the service as long as its jitter says.
  const far = times(requests, 100, 120);
  expect(Math.min(...far)).toBeGreaterThan(usual + 100);
  expect(Math.max(...far) - Math.min(...far)).toBeGreaterThan(10);

  expect(jsonReport(await play())).toBe(jsonReport(result));
});
