import { describe, expect, test } from 'vitest';
import { createMetrics } from './metrics.js';

describe('metrics', () => {
  test('count requests by load balancer, class of the status and data center', async () => {
    const metrics = createMetrics();
    for (const status of [200, 204, 404, 530, 0]) {
      metrics.requestStarted();
      metrics.requestFinished('app.example.com', 'NRT', status, 0.003);
    }
    metrics.requestStarted();
    metrics.requestFinished('', 'LHR', 101, 0.2);
    metrics.requestStarted();
    const text = await metrics.text();
    const total = (statusClass: string, lb = 'app.example.com', colo = 'NRT') =>
      `colocal_requests_total{load_balancer="${lb}",status_class="${statusClass}",colo="${colo}"}`;
    expect(text).toContain(`${total('2xx')} 2\n`);
    expect(text).toContain(`${total('4xx')} 1\n`);
    expect(text).toContain(`${total('5xx')} 1\n`);
    expect(text).toContain(`${total('aborted')} 1\n`);
    expect(text).toContain(`${total('1xx', '', 'LHR')} 1\n`);
    expect(text).toContain('colocal_requests_in_flight 1\n');
  });

  test('put durations into cumulative buckets', async () => {
    const metrics = createMetrics();
    for (const seconds of [0.001, 0.004, 0.3, 3_600]) metrics.requestFinished('app', 'NRT', 200, seconds);
    const text = await metrics.text();
    const bucket = (le: string) => `colocal_request_duration_seconds_bucket{le="${le}",load_balancer="app"}`;
    expect(text).toContain('# TYPE colocal_request_duration_seconds histogram');
    expect(text).toContain(`${bucket('0.001')} 1\n`);
    expect(text).toContain(`${bucket('0.005')} 2\n`);
    expect(text).toContain(`${bucket('0.25')} 2\n`);
    expect(text).toContain(`${bucket('0.5')} 3\n`);
    expect(text).toContain(`${bucket('60')} 3\n`);
    expect(text).toContain(`${bucket('+Inf')} 4\n`);
    expect(text).toContain('colocal_request_duration_seconds_count{load_balancer="app"} 4\n');
    expect(text).toContain('colocal_request_duration_seconds_sum{load_balancer="app"} 3600.305\n');
  });

  test('read the tunnels at the scrape, and scraping twice counts nothing twice', async () => {
    let connections = 2;
    const metrics = createMetrics({
      tunnelConnections: () => [{ tunnel: 'tokyo', dataCenter: 'NRT', connections }],
    });
    metrics.attempt('tokyo', 'answered');
    metrics.attempt('tokyo', 'refused');
    metrics.attempt('tokyo', 'answered');
    metrics.configReload('refused');
    await metrics.text();
    connections = 1;
    const text = await metrics.text();
    expect(text).toContain('colocal_tunnel_connections{tunnel="tokyo",data_center="NRT"} 1\n');
    expect(text).toContain('colocal_attempts_total{pool="tokyo",outcome="answered"} 2\n');
    expect(text).toContain('colocal_attempts_total{pool="tokyo",outcome="refused"} 1\n');
    expect(text).toContain('colocal_config_reloads_total{outcome="refused"} 1\n');
    expect(text).toContain('colocal_config_reloads_total{outcome="applied"} 0\n');
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
    expect(text).toMatch(/^process_cpu_seconds_total [\d.]+$/m);
  });

  test('two edges in one process count apart', async () => {
    const one = createMetrics();
    const other = createMetrics();
    one.attempt('tokyo', 'answered');
    expect(await other.text()).not.toContain('tokyo');
    expect(await one.text()).toContain('tokyo');
  });
});
