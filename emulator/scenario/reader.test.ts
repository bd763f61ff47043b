import { describe, expect, test } from 'vitest';
import { parseScenario } from './reader.js';
import { ScenarioError } from './scenario-error.js';

const GOOD = `name: Test
config:
  data_centers: [NRT]
  zones: [{ name: example.com, load_balancers: [{ name: app.example.com, proxied: true, default_pools: [app] }] }]
  pools:
    - { name: app, origins: [{ name: app-1, tunnel: app }] }
  tunnels:
    - { name: app, config: { ingress: [{ service: "http://app:8080" }] } }
origins:
  - { name: app, service: "http://app:8080" }
connectors:
  - { name: app-a, tunnel: app }
steps:
`;
const LOAD = '  - { at: 1s, name: begin, load: { rate: 10, hosts: [app.example.com] } }\n';

async function problemsOf(text: string): Promise<readonly string[]> {
  const error = await parseScenario(text, 'test.yaml').catch((thrown: unknown) => thrown);
  if (!(error instanceof ScenarioError)) throw new Error(`not refused: ${String(error)}`);
  return error.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

test('steps have their moments: given, where the one before left off, or after time that passed', async () => {
  const { steps, seed, name } = await parseScenario(
    `${GOOD}${LOAD}  - { stop: load }\n  - { advance: 2m }\n  - { expect: { failed: 0 } }\n`,
    'test.yaml',
  );
  expect({ seed, name }).toEqual({ seed: 1, name: 'Test' });
  expect(steps.map(({ at, action, place }) => [at, action.kind, place])).toEqual([
    [1_000, 'load', 'test.yaml:14'],
    [1_000, 'stop', 'test.yaml:15'],
    [1_000, 'advance', 'test.yaml:16'],
    [121_000, 'expect', 'test.yaml:17'],
  ]);
});

describe('a bad file is refused, with the place and what to do', () => {
  test.each([
    ['no YAML', 'name: [', /^1:\d+ not valid YAML/],
    ['nothing', '', /must be a mapping|expected/],
    [
      'an unknown key',
      `${GOOD}${LOAD}  - { at: 2s, ecpect: { failed: 0 } }`,
      /^15:\d+ steps\[1\]\.ecpect is not a known key; did you mean "expect"\?/,
    ],
    [
      'a wrong type',
      `${GOOD}  - { at: 1s, load: { rate: fast, hosts: [a] } }`,
      /^14:\d+ steps\[0\]\.load\.rate must be a number; it is "fast"/,
    ],
    ['a span that is none', `${GOOD}  - { at: soon, stop: x }`, /^14:\d+ steps\[0\]\.at must be a span of time/],
    ['a step that does nothing', `${GOOD}  - { at: 1s }`, /^14:\d+ steps\[0\]: does nothing; it needs one of load, /],
    [
      'a step that does two things',
      `${GOOD}${LOAD}  - { stop: load, advance: 1s }`,
      /^15:\d+ steps\[1\]: does several things: stop, advance/,
    ],
    [
      'time that goes backwards',
      `${GOOD}${LOAD}  - { at: 500ms, stop: load }`,
      /^15:\d+ steps\[1\]\.at is 500ms, but the step before is over at 1s: the step order contradicts itself/,
    ],
    [
      'time that passed',
      `${GOOD}  - { advance: 1m }\n  - { at: 30s, expect: { failed: 0 } }`,
      /the step order contradicts itself/,
    ],
    [
      'a load that nobody started',
      `${GOOD}${LOAD}  - { stop: lod }`,
      /^15:\d+ steps\[1\]\.stop is no load that an earlier step starts: "lod"; did you mean "load"\?/,
    ],
    [
      'a fault that is not there',
      `${GOOD}  - { lift: x }`,
      /^14:\d+ steps\[0\]\.lift is no fault of an earlier step: "x"/,
    ],
    [
      'an unknown type of fault',
      `${GOOD}  - { fault: { name: x, type: origin_slo } }`,
      /^14:\d+ steps\[0\]\.fault.*did you mean "origin_slow"\?/,
    ],
    [
      'an impossible probability',
      `${GOOD}  - { fault: { name: x, type: origin_refuse, probability: 2 } }`,
      /^14:\d+ steps\[0\]\.fault\.probability must be at most 1/,
    ],
    [
      'an unknown data center',
      `${GOOD}  - { fault: { name: x, type: data_center_down, match: { data_center: NRX } } }`,
      /^14:\d+ steps\[0\]\.fault\.match\.data_center .*NRX/,
    ],
    [
      'a connector twice stopped',
      `${GOOD}  - { connector: { name: app-a, do: stop } }\n  - { connector: { name: app-a, do: drain } }`,
      /^15:\d+ steps\[1\]\.connector\.do is drain, but connector app-a does not run then/,
    ],
    [
      'an origin that runs',
      `${GOOD}  - { origin: { name: app, do: start } }`,
      /^14:\d+ steps\[0\]\.origin\.do is start, but origin app runs then/,
    ],
    ['a name of nobody', `${GOOD}  - { origin: { name: ap, do: stop } }`, /is no origin: "ap"; did you mean "app"\?/],
    [
      'an expectation of nothing',
      `${GOOD}${LOAD}  - { expect: { load: load } }`,
      /^15:\d+ steps\[1\]\.expect: expects nothing/,
    ],
    [
      'a step that comes later',
      `${GOOD}${LOAD}  - { expect: { failed: 0, after: end } }\n  - { name: end, stop: load }`,
      /^15:\d+ steps\[1\]\.expect\.after is no name of an earlier step: "end"/,
    ],
    [
      'a load from nowhere',
      `${GOOD}  - { load: { rate: 1, hosts: [app.example.com], from: [{ colo: NRX }] } }`,
      /^14:\d+ steps\[0\]\.load\.from\[0\]\.colo is no data center of the configuration: "NRX"; did you mean "NRT"\?/,
    ],
    [
      'a change of nobody',
      `${GOOD}  - { change: { pool: ap, set: { enabled: false } } }`,
      /^14:\d+ steps\[0\]\.change\.pool is no pool: "ap"; did you mean "app"\?/,
    ],
    [
      'a change of an unknown field',
      `${GOOD}  - { change: { pool: app, set: { enabld: false } } }`,
      /^14:\d+ steps\[0\]\.change\.set\.enabld is not a known key; did you mean "enabled"\?/,
    ],
    [
      'a change that cannot be',
      `${GOOD}  - { change: { pool: app, origin: app-1, set: { weight: 7 } } }`,
      /^14:\d+ steps\[0\]\.change.*weight.* must be at most 1/,
    ],
    [
      'a change that leads out of the process',
      `${GOOD}  - { change: { pool: app, origin: app-2, put: { address: 198.51.100.9 } } }`,
      /^14:\d+ steps\[0\]\.change.* leads to 198\.51\.100\.9:80, where no origin of the scenario is/,
    ],
    [
      'a configuration that is wrong',
      `${GOOD.replace('default_pools: [app]', 'default_pools: [ap]')}${LOAD}`,
      /^4:\d+ config\.zones\[0\]\.load_balancers\[0\]\.default_pools\[0\].*"app"/,
    ],
    [
      'a service without an origin',
      `${GOOD.replace('name: app, service: "http://app:8080"', 'name: app, service: "http://app:8081"')}${LOAD}`,
      /^8:\d+ config\.tunnels\[0\]\.config.* leads to http:\/\/app:8080, where no origin of the scenario is/,
    ],
    [
      'a tunnel that is not there',
      `${GOOD.replace('tunnel: app }\nsteps', 'tunnel: apps }\nsteps')}${LOAD}`,
      /^12:\d+ connectors\[0\]\.tunnel is no tunnel of the configuration: "apps"/,
    ],
    [
      'an origin of nowhere',
      `${GOOD.replace('{ name: app, service: "http://app:8080" }', '{ name: app }')}${LOAD}`,
      /^10:\d+ origins\[0\] needs either a service/,
    ],
  ])('%s', async (_what, text, expected) => {
    expect((await problemsOf(text)).join('\n')).toMatch(expected);
  });

  test.each([
    ['a pool', 'shares: { pool: { ap: 0% } }', 'pool.ap is no pool: "ap"; did you mean "app"'],
    ['an endpoint', 'shares: { endpoint: { app-2: 0% } }', 'no endpoint: "app-2"; did you mean "app-1"'],
    ['a replica', 'shares: { replica: { app-b: 0% } }', 'no connector: "app-b"; did you mean "app-a"'],
    ['an egress', 'shares: { egress: { LHR: 0% } }', 'no data center of the configuration: "LHR"'],
    ['an entry', 'shares: { data_center: { NRR: 0% } }', 'no data center .*: "NRR"; did you mean "NRT"'],
    ['where it fails over to', 'failover_within: { after: begin, within: 1s, to: ap }', 'to is no pool: "ap"'],
    ['whose health', 'health: { pools: { ap: unknown } }', 'no pool: "ap"; did you mean "app"'],
    ['the health of what', 'health: { endpoints: { app/app-2: unknown } }', 'did you mean "app/app-1"'],
    ['who sees it', 'health: { endpoints: { app/app-1: { WEUR: unknown } } }', 'region: "WEUR"; did you mean "WEU"'],
  ])('an expectation that misspells %s', async (_what, expectation, told) => {
    const problems = await problemsOf(`${GOOD}${LOAD}  - { expect: { ${expectation} } }`);
    expect(problems.join('\n')).toMatch(new RegExp(`^15:\\d+ steps\\[1\\]\\.expect\\..*${told}`));
  });

  test('what a change adds may be expected', async () => {
    const more = GOOD.replace('connectors:', '  - { name: more, address: 192.0.2.9 }\nconnectors:');
    const put = '  - { change: { pool: app, origin: app-2, put: { address: 192.0.2.9 } } }\n';
    const scenario = parseScenario(`${more}${LOAD}${put}  - { expect: { shares: { endpoint: { app-2: 0% } } } }`, 'a');
    await expect(scenario).resolves.toMatchObject({ name: 'Test' });
  });

  test('a file that is not there', async () => {
    const { readScenario } = await import('./reader.js');
    await expect(readScenario('/nowhere/x.yaml')).rejects.toMatchObject({ code: 'SCENARIO_UNREADABLE' });
    await expect(
      parseScenario(GOOD.replace(/config:[\s\S]*origins:/, 'config: nowhere.yaml\norigins:') + LOAD, 'test.yaml'),
    ).rejects.toThrow(/test\.yaml:2:\d+: .*nowhere\.yaml/);
  });
});
