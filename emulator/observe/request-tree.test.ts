import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Explanation } from './explanation.types.js';
import type { RequestTrace } from './journal.types.js';
import { renderReasons } from './reason-tree.js';
import { renderExplanation, renderTrace } from './request-tree.js';

const EXPLANATION: Explanation = {
  outcome: 'attempt',
  dataCenter: 'NRT',
  region: 'NEAS',
  country: 'JP',
  clientIp: '203.0.113.7',
  method: 'GET',
  scheme: 'http',
  host: 'app.example.com',
  path: '/',
  httpVersion: '1.1',
  loadBalancer: 'app.example.com',
  attempts: [
    {
      pool: 'osaka',
      endpoint: 'osaka-a',
      address: '10.1.0.2',
      tunnel: 'osaka',
      connector: 'c1',
      egress: 'KIX',
      legs: [{ from: 'NRT', to: 'KIX', roundTripMs: 8.12 }],
    },
  ],
  reasons: [
    { step: 'vantage', subject: 'NRT', outcome: 'entered', detail: 'Colocal-Colo names NRT' },
    { step: 'load_balancer', subject: 'app.example.com', outcome: 'matched', detail: 'the host is its name' },
    { step: 'pool_set', subject: 'apac', outcome: 'matched', detail: 'it is for regions NEAS' },
    { step: 'session', outcome: 'none', detail: 'no __cflb cookie came: a new session' },
    {
      step: 'pool',
      subject: 'tokyo',
      outcome: 'skipped',
      detail: 'critical: fewer than 2 healthy endpoints (minimum_origins), seen from this data center',
    },
    { step: 'pool', subject: 'osaka', outcome: 'chosen', detail: 'available, and first by the steering policy' },
    { step: 'endpoint', subject: 'osaka-b', outcome: 'skipped', detail: 'disabled' },
    { step: 'endpoint', subject: 'osaka-a', outcome: 'chosen', detail: 'the only endpoint that may be chosen' },
    { step: 'replica', subject: 'c1', outcome: 'chosen', detail: 'the nearest connection of tunnel osaka ends in KIX' },
  ],
};

const TREE = `GET http://app.example.com/ entering NRT (NEAS) as 203.0.113.7 of JP
  data center NRT: entered, Colocal-Colo names NRT
  load balancer app.example.com: matched, the host is its name
    pool set apac: matched, it is for regions NEAS
    session: none, no __cflb cookie came: a new session
    pool tokyo: skipped, critical: fewer than 2 healthy endpoints
        (minimum_origins), seen from this data center
    pool osaka: chosen, available, and first by the steering policy
      endpoint osaka-b: skipped, disabled
      endpoint osaka-a: chosen, the only endpoint that may be chosen
        connector c1: chosen, the nearest connection of tunnel osaka ends in KIX`;

describe('an explanation', () => {
  test('is a tree, one line a step', () => {
    expect(renderExplanation(EXPLANATION)).toBe(`${TREE}
  goes to osaka-a of pool osaka through tunnel osaka, NRT-KIX 8.1 ms
  nothing was sent`);
  });

  test('tells what the edge would answer itself', () => {
    const refused: Explanation = { ...EXPLANATION, outcome: 'error', attempts: [], status: 530, error: 1016 };
    expect(renderExplanation(refused)).toBe(`${TREE}
  the edge would answer 530 with error 1016
  nothing was sent`);
  });

  test('tells where a failover would lead', () => {
    const reasons = [{ step: 'failover', outcome: 'none', detail: 'pool osaka has no other endpoint' }];
    expect(renderExplanation({ ...EXPLANATION, failover: { reasons } })).toBe(`${TREE}
  goes to osaka-a of pool osaka through tunnel osaka, NRT-KIX 8.1 ms
  if that failed before the request was sent:
    failover: none, pool osaka has no other endpoint
  nothing was sent`);
  });
});

test('a request that was sent is the same tree, with what came of it', () => {
  const [attempt] = EXPLANATION.attempts;
  const trace: RequestTrace = {
    ...EXPLANATION,
    ray: '7d0c5a3e9b1f2a64',
    startedAt: 0,
    requestBytes: 0,
    responseBytes: 0,
    attempts: attempt
      ? [
          { ...attempt, failure: 'refused' },
          { ...attempt, status: 200 },
        ]
      : [],
    status: 200,
    outcome: 'complete',
  };
  expect(renderTrace(trace)).toBe(`${TREE.replace(' (NEAS)', '')}
  attempt 1: osaka-a of pool osaka through tunnel osaka, NRT-KIX 8.1 ms: refused
  attempt 2: osaka-a of pool osaka through tunnel osaka, NRT-KIX 8.1 ms:
      answered 200
  the client was answered: 200`);
});

describe('reasons', () => {
  const word = fc.stringMatching(/^[\x21-\x7e]{1,20}$/);
  const reason = fc.record({
    step: fc.constantFrom('vantage', 'load_balancer', 'pool', 'endpoint', 'replica', 'fault', 'failover', 'other'),
    subject: word,
    outcome: fc.constantFrom('chosen', 'skipped'),
    detail: fc.array(word, { minLength: 1, maxLength: 40 }).map((words) => words.join(' ')),
  });

  test('never pass 80 columns unless a word does, and lose nothing', () => {
    fc.assert(
      fc.property(fc.array(reason, { maxLength: 20 }), (reasons) => {
        const lines = renderReasons(reasons);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
        const said = lines.join(' ').replace(/\s+/g, ' ');
        for (const { detail } of reasons) expect(said).toContain(detail);
      }),
    );
  });

  test('are indented under what they belong to, by one step at a time', () => {
    fc.assert(
      fc.property(
        fc.array(
          reason.map((each) => ({ ...each, detail: 'short' })),
          { maxLength: 20 },
        ),
        (reasons) => {
          let before = 0;
          for (const line of renderReasons(reasons)) {
            const indent = line.length - line.trimStart().length;
            expect(indent).toBeLessThanOrEqual(before + 2);
            before = indent;
          }
        },
      ),
    );
  });

  test('show control characters of clients as replaced', () => {
    expect(renderReasons([{ step: 'host', subject: 'a\u001b[2Jb', outcome: 'unknown', detail: 'x\ny' }])).toEqual([
      '  host a\u{fffd}[2Jb: unknown, x\u{fffd}y',
    ]);
  });
});
