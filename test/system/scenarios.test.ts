import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { jsonReport, parseScenario, readScenario, runScenario, timeline } from '../../emulator/scenario/index.js';

/** Safety nets: a scenario takes seconds, on a machine that has nothing else to do. */
const LONG = 240_000;
const FOLDER = 'examples/scenarios';

describe('every scenario that is shipped', () => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));
  const docs = readFileSync('docs/scenarios.md', 'utf8');

  test('there are ten and more', () => {
    expect(files.length).toBeGreaterThanOrEqual(10);
  });

  test.each(files)(
    '%s goes as it is told, and is gone through in the documentation',
    { timeout: LONG },
    async (name) => {
      expect(docs).toContain(name);
      const result = await runScenario(await readScenario(join(FOLDER, name)));
      expect(result.passed, timeline(result)).toBe(true);
      expect(result.requests.length).toBeGreaterThan(100);
      expect(result.checked.length).toBeGreaterThan(1);
    },
  );
});

/** 10,000 requests, with everything in them that might depend on sockets: replicas that are lost, sites, a data center, retries. */
const BUSY = `
name: Busy
config:
  data_centers: [NRT, KIX]
  settings: { minimum_monitor_interval: 5 }
  zones:
    - name: example.com
      settings: { ssl: flexible }
      load_balancers:
        - name: app.example.com
          proxied: true
          steering_policy: least_outstanding_requests
          default_pools: [one, two]
          session_affinity: cookie
  pools:
    - { name: one, monitor: app, origins: [{ name: one, tunnel: one, header: { Host: [app.example.com] } }] }
    - { name: two, monitor: app, origins: [{ name: two, tunnel: two, header: { Host: [app.example.com] } }] }
  monitors:
    - { name: app, path: /health, expected_codes: 2xx, interval: 10, timeout: 2, retries: 0, header: { Host: [app.example.com] } }
  tunnels:
    - { name: one, config: { ingress: [{ service: "http://one:80" }] } }
    - { name: two, config: { ingress: [{ service: "http://two:80" }] } }
origins:
  - { name: one, service: "http://one:80", service_time: 60ms, jitter: 50ms }
  - { name: two, service: "http://two:80", service_time: 90ms, jitter: 80ms }
connectors:
  - { name: one-a, tunnel: one, location: NRT }
  - { name: one-b, tunnel: one, location: NRT }
  - { name: two-a, tunnel: two, location: KIX }
steps:
  - at: 1s
    load: { name: users, rate: 250, for: 32s, hosts: [app.example.com], methods: [GET, POST], clients: 30, cookies: true, from: [{ colo: NRT }, { colo: KIX }] }
  - at: 1s
    load: { name: others, rate: 63, for: 32s, hosts: [app.example.com], paths: [/a, /b] }
  - { at: 6s, connector: { name: one-a, do: stop } }
  - { at: 10s, fault: { name: down, type: data_center_down, match: { data_center: NRT }, duration: 5s } }
  - { at: 17s, connector: { name: one-a, do: start } }
  - { at: 20s, origin: { name: two, do: stop } }
  - { at: 25s, origin: { name: two, do: start } }
  - { at: 27s, fault: { name: some, type: origin_status, status: 503, probability: 0.1 } }
  - { at: 34s, expect: { failed: { at_least: 1 }, shares: { replica: { one-a: 30% } }, tolerance: 30% } }
`;

test('the same seed gives the same bytes, and another one does not', { timeout: LONG * 2 }, async () => {
  const run = async (seed: number): Promise<string> => {
    const result = await runScenario(await parseScenario(BUSY, 'busy.yaml'), seed);
    expect(result.requests.length).toBeGreaterThanOrEqual(10_000);
    return jsonReport(result);
  };
  const first = await run(7);
  expect(await run(7)).toBe(first);
  expect(first).not.toMatch(/127\.0\.0\.1|localhost/);
  const short = BUSY.replaceAll('for: 32s', 'for: 3s');
  const brief = async (seed: number): Promise<string> =>
    jsonReport(await runScenario(await parseScenario(short, 'busy.yaml'), seed));
  const rows = (report: string): unknown => JSON.parse(report).log.rows;
  expect(rows(await brief(7))).not.toEqual(rows(await brief(8)));
});

describe('the command', () => {
  const SMALL = `
name: Small & <fast>
config:
  data_centers: [NRT]
  zones: [{ name: example.com, settings: { ssl: flexible }, load_balancers: [{ name: app.example.com, proxied: true, default_pools: [app] }] }]
  pools: [{ name: app, origins: [{ name: app, address: 192.0.2.10 }] }]
origins: [{ name: app, address: 192.0.2.10, service_time: 10ms }]
steps:
  - { at: 0s, load: { rate: 10, for: 2s, hosts: [app.example.com] } }
  - { at: 5s, expect: { failed: 0, requests: EXPECTED } }
`;

  function run(text: string) {
    const folder = mkdtempSync(join(tmpdir(), 'scenario-'));
    try {
      const file = join(folder, 'small.yaml');
      writeFileSync(file, text);
      const [junit, json] = [join(folder, 'junit.xml'), join(folder, 'result.json')];
      const args = ['--import', 'tsx', 'emulator/main.ts', 'scenario', 'run', file, '--junit', junit, '--json', json];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      const read = (path: string): string => (status === 2 ? '' : readFileSync(path, 'utf8'));
      return { status, stdout, stderr, junit: read(junit), json: read(json) };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  test('exits with 0 when all is as expected, and writes both reports', { timeout: LONG }, () => {
    const { status, stdout, junit, json } = run(SMALL.replace('EXPECTED', '20'));
    expect(status).toBe(0);
    expect(stdout).toContain('✓ 2 of 2 expectations met; 20 requests, 0 failed');
    expect(junit).toContain('<testsuite name="Small &amp; &lt;fast&gt;" tests="1" failures="0"');
    expect(JSON.parse(json)).toMatchObject({ passed: true, requests: { total: 20, by_pool: { app: 20 } } });
  });

  test('exits with 1 when not, and says what was found instead', { timeout: LONG }, () => {
    const { status, stdout, junit, json } = run(SMALL.replace('EXPECTED', '21'));
    expect(status).toBe(1);
    expect(stdout).toMatch(/✗ step 2 \(.*small\.yaml:10\)/);
    expect(stdout).toContain('✗ requests: 20, wanted 21');
    expect(junit).toContain('requests: wanted 21, found 20');
    expect(JSON.parse(json).passed).toBe(false);
  });

  test('exits with 2 when the file is wrong, and plays nothing', { timeout: LONG }, () => {
    const { status, stdout, stderr } = run(SMALL.replace('rate: 10', 'rats: 10').replace('EXPECTED', '20'));
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/small\.yaml:9:\d+: steps\[0\]\.load\.rats is not a known key; did you mean "rate"\?/);
  });
});
