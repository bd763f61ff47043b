import { expect, test } from 'vitest';
import type { PlannedStep, ScenarioResult } from '../scenario.types.js';
import { jsonReport } from './json.js';
import { junitReport } from './junit.js';
import { timeline } from './timeline.js';

const step: PlannedStep = {
  number: 2,
  at: 90_000,
  place: 'x.yaml:9',
  action: { kind: 'expect', expect: { tolerance: '5%' } },
};
const request = {
  number: 1,
  load: 'users',
  client: 3,
  at: 1000.00001,
  method: 'GET',
  host: 'app.example.com',
  path: '/',
};

const result: ScenarioResult = {
  scenario: { file: 'x.yaml', name: 'A "b" <c> & \u0000\ud800', steps: [step] },
  seed: 1,
  lasted: 91_000,
  requests: [
    {
      ...request,
      endedAt: 1040,
      status: 200,
      pool: 'tokyo',
      endpoint: 'web',
      replica: 'tokyo-1',
      egress: 'NRT',
      attempts: 1,
    },
    { ...request, number: 2, at: 2_000, endedAt: 2_001, status: 502, pool: 'tokyo' },
  ],
  happenings: [{ at: 0, step: 1, text: 'load users starts' }],
  checked: [
    {
      step,
      name: "it's <well>",
      findings: [
        { what: 'failed', wanted: '0', found: '1 of 2', met: false },
        { what: 'requests', wanted: '2', found: '2', met: true },
      ],
    },
  ],
  passed: false,
};

test('JUnit has one test case for each expectation, and nothing in it that is no XML', () => {
  const xml = junitReport(result);
  expect(xml).toContain(
    '<testsuite name="A &quot;b&quot; &lt;c&gt; &amp; \ufffd\ufffd" tests="1" failures="1" errors="0" time="91" file="x.yaml">',
  );
  expect(xml).toContain('name="90s it&apos;s &lt;well&gt;"');
  expect(xml).toContain(
    'message="failed: wanted 0, found 1 of 2">x.yaml:9&#10;failed: wanted 0, found 1 of 2</failure>',
  );
  expect(xml.match(/<testcase/g)).toHaveLength(1);
});

test('JSON has counts, expectations with their place, and a line for each request', () => {
  const report = jsonReport(result);
  expect(JSON.parse(report)).toMatchObject({
    passed: false,
    lasted_ms: 91_000,
    requests: { total: 2, failed: 1, by_status: { 200: 1, 502: 1 }, by_replica: { 'tokyo-1': 1 } },
    expectations: [{ step: 2, place: 'x.yaml:9', at_ms: 90_000, passed: false }],
    log: {
      rows: [
        [1, 1000, 40, 'users', 3, 'GET', 'app.example.com', '/', null, 200, 'tokyo', 'web', 'tokyo-1', 'NRT', 1],
        [2, 2000, 1, 'users', 3, 'GET', 'app.example.com', '/', null, 502, 'tokyo', null, null, null, null],
      ],
    },
  });
  expect(report.split('\n').filter((line) => line.trim().startsWith('[1,'))).toHaveLength(1);
});

test('the timeline tells what happened, counts, and says what was found in place of what', () => {
  expect(timeline(result).split('\n').slice(2)).toEqual([
    '   0s  load users starts',
    '1m30s  2 requests: 1 502 (tokyo), 1 tokyo by tokyo-1',
    "       ✗ it's <well> (x.yaml:9)",
    '           ✗ failed: 1 of 2, wanted 0',
    '           ✓ requests: 2 (2)',
    '',
    '✗ 1 of 2 expectations met; 2 requests, 1 failed, in 1m31s of model time',
  ]);
});
