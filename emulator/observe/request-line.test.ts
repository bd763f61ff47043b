import { describe, expect, test } from 'vitest';
import type { Reason } from '../steering/steering.types.js';
import { traced } from './journal.fixture.js';
import type { AttemptTrace, RequestTrace } from './journal.types.js';
import { requestLine } from './request-line.js';

const ENTERED: Reason = { step: 'vantage', subject: 'NRT', outcome: 'entered', detail: 'it is the default' };
const MATCHED: Reason = { step: 'load_balancer', subject: 'app', outcome: 'matched', detail: 'the host is its name' };
const POOL: Reason = { step: 'pool', subject: 'tokyo', outcome: 'chosen', detail: 'first by the steering policy' };
const ENDPOINT: Reason = { step: 'endpoint', subject: 'tokyo-a', outcome: 'chosen', detail: 'weight 1 of 2' };
const REPLICA: Reason = { step: 'replica', subject: '0f3c5a3e-aaaa', outcome: 'chosen', detail: 'the nearest' };
const FAILED: Reason = { step: 'attempt', subject: 'tokyo-a', outcome: 'failed', detail: 'connection refused' };
const FAULT: Reason = { step: 'fault', subject: 'dark', outcome: 'origin_refuse', detail: 'the origin refuses' };
const STAY: Reason = { step: 'failover', outcome: 'none', detail: 'error 521, but there is no other endpoint' };
const FURTHER: Reason = { step: 'failover', subject: 'osaka-a', outcome: 'chosen', detail: 'error 521 of tokyo-a' };
const SKIPPED: Reason = { step: 'pool', subject: 'osaka', outcome: 'skipped', detail: 'the pool is disabled' };
const PINNED: Reason = { step: 'session', subject: 'tokyo/tokyo-a', outcome: 'honoured', detail: 'the cookie pins' };
const FALLBACK: Reason = { step: 'fallback', subject: 'spare', outcome: 'chosen', detail: 'takes what is left' };

const TOKYO: AttemptTrace = { pool: 'tokyo', endpoint: 'tokyo-a', address: '192.0.2.1', status: 200 };
const REFUSED: AttemptTrace = { ...TOKYO, failure: 'refused' };

function reasonOf(about: Partial<RequestTrace>): string | undefined {
  return requestLine(traced(about)).split('  ')[1];
}

test('has when, ray, data center, request, answer, way and why', () => {
  const trace = traced({
    startedAt: Date.UTC(2026, 0, 1, 12, 30, 1, 5),
    ray: '7d0c5a3e9b1f2a64',
    path: '/a?b=c',
    status: 200,
    attempts: [{ ...TOKYO, tunnel: 'tokyo', connector: '0f3c5a3e-1111-4111-8111-111111111111', egress: 'KIX' }],
    reasons: [ENTERED, MATCHED, POOL, ENDPOINT, REPLICA],
  });
  expect(requestLine(trace)).toBe(
    '12:30:01.005 7d0c5a3e9b1f2a64-NRT GET http://app.example.com/a?b=c 200 tokyo/tokyo-a via tokyo/0f3c5a3e@KIX' +
      '  pool tokyo: chosen, first by the steering policy',
  );
});

test('of a connection into a private network it has address and port', () => {
  const trace = traced({
    method: 'CONNECT',
    scheme: 'tcp',
    host: '10.1.2.3',
    path: '',
    privateNetwork: { protocol: 'socks5', port: 5432 },
    status: 200,
    attempts: [{ endpoint: '10.1.2.3', address: '10.1.2.3', tunnel: 'lab' }],
    reasons: [ENTERED, { step: 'route', subject: '10.1.2.0/24', outcome: 'chosen', detail: 'it covers 10.1.2.3' }],
  });
  expect(requestLine(trace)).toContain(
    ' CONNECT tcp://10.1.2.3:5432 200 10.1.2.3 via lab  route 10.1.2.0/24: chosen, it covers 10.1.2.3',
  );
});

test('of a connection to a Spectrum application it has the application', () => {
  const trace = traced({
    method: 'CONNECT',
    scheme: 'tcp',
    host: 'db',
    path: '',
    spectrum: { protocol: 'spectrum', application: 'db', port: 5432 },
    status: 200,
    attempts: [TOKYO],
    reasons: [ENTERED, MATCHED, POOL],
  });
  expect(requestLine(trace)).toContain(' CONNECT spectrum://db 200 tokyo/tokyo-a  pool tokyo: chosen');
});

test('says what the edge answered itself, and that nothing was asked', () => {
  const unknown: Reason = { step: 'host', subject: 'x', outcome: 'unknown', detail: 'nothing has this name' };
  expect(requestLine(traced({ status: 530, error: 1016, reasons: [ENTERED, unknown] }))).toContain(
    '/ 530/1016 -  host x: unknown, nothing has this name',
  );
});

test('is one line whatever a client wrote', () => {
  expect(requestLine(traced({ path: '/\n\u001b[31m' }))).not.toMatch(/\p{Cc}/u);
});

describe('the reason that decided', () => {
  const answered = (...reasons: Reason[]) => ({
    status: 200,
    attempts: [TOKYO],
    reasons: [ENTERED, MATCHED, ...reasons],
  });
  const failed = (...reasons: Reason[]) => ({ status: 521, attempts: [REFUSED], reasons: [ENTERED, POOL, ...reasons] });
  test.each<[string, Partial<RequestTrace>, RegExp]>([
    ['the pool, when nothing else did', answered(POOL, ENDPOINT, REPLICA), /^pool tokyo: chosen/],
    ['a pool that was passed over', answered(SKIPPED, POOL, ENDPOINT), /^pool osaka: skipped, the pool is disabled$/],
    ['the session', answered(PINNED, SKIPPED, ENDPOINT), /^session tokyo\/tokyo-a: honoured/],
    ['the fallback pool', answered(SKIPPED, FALLBACK, ENDPOINT), /^fallback spare: chosen/],
    ['the endpoint, where there is no pool', answered(ENDPOINT), /^endpoint tokyo-a: chosen/],
    [
      'a failover',
      { ...answered(POOL, FAULT, FAILED, FURTHER), attempts: [REFUSED, TOKYO] },
      /^failover osaka-a: chosen/,
    ],
    ['a fault on the way', answered(POOL, FAULT), /^fault dark: origin refuse/],
    ['a failure', failed(FAILED, STAY), /^attempt tokyo-a: failed, connection refused$/],
    ['the fault behind a failure', failed(FAULT, FAILED, STAY), /^fault dark: origin refuse, the origin refuses$/],
    ['a client that left', { outcome: 'client_closed', reasons: [POOL] }, /^client: gone, it closed before there was/],
    ['nothing, where nothing is known', {}, /^undefined$/],
  ])('is %s', (_what, about, expected) => {
    expect(String(reasonOf(about))).toMatch(expected);
  });
});
