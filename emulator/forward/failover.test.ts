import { PassThrough, Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Failure, FailureKind } from '../tunnel/connection.js';
import { EDGE_ERROR_NAMES, edgeError } from './edge-errors.js';
import { failsOver } from './failover.js';
import type { ForwarderRequest } from './forwarder.fixture.js';
import { answering, type Endpoint, failing, useForwarder } from './forwarder.fixture.js';
import { REPLAY_LIMIT } from './replay.js';

test('the errors that fail over are 521, 522, 523, 525 and 526, and no others', () => {
  const statuses = EDGE_ERROR_NAMES.filter(failsOver).map((name) => edgeError(name).status);
  expect(statuses).toEqual([521, 522, 523, 525, 526]);
});

/** Takes the whole body first. */
const failingLate =
  (failure: Failure): Endpoint =>
  (_head, body, handler) =>
    void body?.on('data', () => undefined).on('end', () => handler.fail(failure));

/** One request; each attempt meets the next of `endpoints`. */
function exchange(endpoints: readonly Endpoint[], request: ForwarderRequest = {}) {
  let attempts = 0;
  return useForwarder({ endpoint: () => endpoints[attempts++] }).ask(request);
}

const bodyOf = (bytes: number): Readable => Readable.from([Buffer.alloc(bytes, 'x')], { objectMode: false });

describe('a request whose first endpoint fails', () => {
  test.each<[FailureKind, number]>([
    ['refused', 200],
    ['timeout', 200],
    ['unreachable', 200],
    ['tls', 200],
    ['certificate', 200],
    ['dns', 530],
    ['no_connector', 530],
    ['response_timeout', 524],
    ['invalid_response', 520],
    ['lost', 502],
  ])('with %s is answered %i', async (kind, status) => {
    const { attempts, ...answer } = await exchange([failing(kind), answering, answering]);
    expect(answer.status).toBe(status);
    expect(attempts).toBe(status === 200 ? 2 : 1);
    expect(answer.failures).toEqual(status === 200 ? [kind, undefined] : [kind]);
  });

  test('and the second too gets the error of the second, though there is a third', async () => {
    const answer = await exchange([failing('refused'), failing('certificate'), answering]);
    expect(answer).toMatchObject({ status: 526, attempts: 2, failures: ['refused', 'certificate'] });
    expect(answer.lastFailover).toMatch(/one further attempt, not more/);
  });
});

describe('the body of a request that fails over', () => {
  test.each(['GET', 'POST', 'PATCH'])('is sent again, for %s', async (method) => {
    const answer = await exchange([failing('refused'), answering], { method, body: bodyOf(1000) });
    expect(answer).toMatchObject({ status: 200, attempts: 2, body: 'x'.repeat(1000) });
  });

  test('is sent again when it was read and fits what is kept', async () => {
    const failure: Failure = { kind: 'refused', detail: 'late', unsent: true };
    const answer = await exchange([failingLate(failure), answering], { method: 'POST', body: bodyOf(REPLAY_LIMIT) });
    expect(answer).toMatchObject({ status: 200, attempts: 2 });
    expect(answer.body.length).toBe(REPLAY_LIMIT);
  });

  test('cannot be sent again when more of it was read than is kept', async () => {
    const failure: Failure = { kind: 'refused', detail: 'late', unsent: true };
    const body = new PassThrough();
    body.write(Buffer.alloc(REPLAY_LIMIT));
    body.end('x');
    const answer = await exchange([failingLate(failure), answering], { method: 'POST', body });
    expect(answer).toMatchObject({ status: 521, attempts: 1 });
    expect(answer.lastFailover).toMatch(/more of its body was read than is kept/);
  });

  test('of any size is sent to the next endpoint when nobody has read it', async () => {
    const answer = await exchange([failing('refused'), answering], { method: 'POST', body: bodyOf(3 * REPLAY_LIMIT) });
    expect(answer).toMatchObject({ status: 200, attempts: 2 });
    expect(answer.body.length).toBe(3 * REPLAY_LIMIT);
  });
});

test('a request that may have reached an endpoint is not sent again unless it may be repeated', async () => {
  const endpoints = [failing('unspecified', false), answering];
  expect(await exchange(endpoints, { method: 'POST' })).toMatchObject({ status: 521, attempts: 1 });
  expect(await exchange(endpoints, { method: 'PUT' })).toMatchObject({ status: 200, attempts: 2 });
});

test('DNS records with several addresses do not fail over: that is for pools', async () => {
  const answer = await exchange([failing('refused'), answering], { host: 'www.example.com' });
  expect(answer).toMatchObject({ status: 521, attempts: 1, lastFailover: undefined });
});
