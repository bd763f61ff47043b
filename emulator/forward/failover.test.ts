import { PassThrough, Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createClock } from '../../runtime/clock.js';
import { ManualDeadlines } from '../../runtime/deadlines.js';
import { createRng } from '../../runtime/rng.js';
import { accountOf, applyConfig, type ConfigInput, configFromObject } from '../config/index.js';
import { createGeography } from '../geo/geography.js';
import { createJournal } from '../observe/journal.js';
import { createMetrics } from '../observe/metrics.js';
import { createState } from '../state/state.js';
import { compileSnapshot } from '../steering/compile.js';
import type { Failure, FailureKind, RequestHead, ResponseHandler } from '../tunnel/connection.js';
import { EDGE_ERROR_NAMES, edgeError } from './edge-errors.js';
import type { ClientRequest, ClientResponse } from './exchange.js';
import { failsOver } from './failover.js';
import { createForwarder } from './forward.js';
import { createErrorPages } from './pages.js';
import { REPLAY_LIMIT } from './replay.js';

test('the errors that fail over are 521, 522, 523, 525 and 526, and no others', () => {
  const statuses = EDGE_ERROR_NAMES.filter(failsOver).map((name) => edgeError(name).status);
  expect(statuses).toEqual([521, 522, 523, 525, 526]);
});

/** What an endpoint of these tests does with a request, by its place in the order in which they are tried. */
type Endpoint = (head: RequestHead, body: Readable | null, handler: ResponseHandler) => void;

const answering: Endpoint = (_head, body, handler) => {
  const chunks: Buffer[] = [];
  const done = (): void => {
    handler.head({ status: 200, headers: [], source: 'origin' });
    handler.data(Buffer.concat(chunks));
    handler.end([]);
  };
  if (body) body.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', done);
  else queueMicrotask(done);
};

const failing =
  (kind: FailureKind, unsent = true): Endpoint =>
  (_head, _body, handler) =>
    queueMicrotask(() => handler.fail({ kind, detail: 'as the test wants it', unsent }));

/** Takes the whole body first. */
const failingLate =
  (failure: Failure): Endpoint =>
  (_head, body, handler) =>
    void body?.on('data', () => undefined).on('end', () => handler.fail(failure));

const POOL: ConfigInput = {
  zones: [
    {
      name: 'example.com',
      load_balancers: [{ name: 'app.example.com', proxied: true, default_pools: ['pool'] }],
      dns_records: ['192.0.2.1', '192.0.2.2'].map((content) => ({ name: 'www', type: 'A', content, proxied: true })),
    },
  ],
  pools: [{ name: 'pool', origins: ['a', 'b', 'c'].map((name, index) => ({ name, address: `192.0.2.${index + 1}` })) }],
};

interface Exchanged {
  readonly status: number;
  readonly body: string;
  readonly attempts: number;
  readonly failures: readonly (string | undefined)[];
  readonly lastFailover: string | undefined;
}

/** Sends one request through the forwarder; each attempt meets the next of `endpoints`. */
async function exchange(
  endpoints: readonly Endpoint[],
  request: Partial<Pick<ClientRequest, 'method' | 'host' | 'body'>> = {},
): Promise<Exchanged> {
  const deadlines = new ManualDeadlines();
  const clock = createClock({ mode: 'manual', deadlines });
  const config = configFromObject(POOL);
  const state = createState({ clock, account: accountOf(config) });
  applyConfig(state, config);
  const snapshot = compileSnapshot(state.read());
  const journal = createJournal();
  let attempts = 0;
  const forwarder = createForwarder(
    {
      snapshot: () => snapshot,
      zone: (id) => state.read().zones.get(id),
      tunnelName: () => undefined,
      settings: () => ({ routeHeader: true, responseTimeout: 120, idleTimeout: 900 }),
      observations: { healthOf: () => undefined },
      reach: {
        isFull: () => false,
        resolve: (endpoint) => ({
          kind: 'public',
          endpoint,
          host: endpoint.address,
          port: endpoint.port,
          secure: false,
          legs: [],
        }),
        open: () => ({
          request: (head, body, handler) => {
            endpoints[attempts++]?.(head, body, handler);
            return { resume: () => undefined, abort: () => undefined };
          },
          switching: { by: 'edge', connect: () => Promise.reject(new Error('not in these tests')) },
          legs: [],
        }),
      },
      journal,
      metrics: createMetrics(),
      deadlines,
      now: () => clock.now(),
      pages: createErrorPages(),
    },
    createRng(1),
  );
  const answer = { status: 0, body: '' };
  await new Promise<void>((resolve) => {
    const response: ClientResponse = {
      continue: () => undefined,
      head: (status) => {
        answer.status = status;
      },
      write: (chunk) => {
        answer.body += chunk;
        return true;
      },
      end: () => resolve(),
      destroy: () => resolve(),
      onDrain: () => undefined,
      onClose: () => undefined,
      headSent: false,
    };
    const dataCenter = createGeography(['NRT']).default;
    forwarder.handle(
      {
        method: 'GET',
        scheme: 'http',
        host: 'app.example.com',
        authority: 'app.example.com',
        path: '/',
        httpVersion: '1.1',
        headers: [],
        body: null,
        expectsContinue: false,
        vantage: { dataCenter, clientIp: '127.0.0.1', clientPort: 1, reasons: [] },
        ...request,
      },
      response,
    );
  });
  const [trace] = journal.list(1);
  return {
    ...answer,
    attempts,
    failures: trace?.attempts.map((attempt) => attempt.failure) ?? [],
    lastFailover: trace?.reasons.filter(({ step }) => step === 'failover').at(-1)?.detail,
  };
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
