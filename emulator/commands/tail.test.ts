import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualDeadlines } from '../../runtime/deadlines.js';
import { useServer } from '../../test/support/servers.js';
import { type Fixture, startControl } from '../control/control.fixture.js';
import { traced } from '../observe/journal.fixture.js';
import { createEdgeClient, type EdgeClient } from './edge-client.js';
import type { SentEvent } from './sent-events.js';
import { tail } from './tail.js';

const PATH = '/colocal/v1/requests/stream';

let edge: Fixture;
beforeEach(async () => {
  edge = await startControl();
});
afterEach(() => edge.control.close());

/** A tail whose every word a test may await. */
function tailing(client: Pick<EdgeClient, 'follow' | 'url'>, taken?: Promise<void>) {
  const deadlines = new ManualDeadlines();
  const stop = new AbortController();
  const said: string[] = [];
  const waiting: (() => void)[] = [];
  const say = (text: string): void => {
    said.push(text);
    for (const check of waiting.splice(0)) check();
  };
  const take = async ({ type, data }: SentEvent): Promise<void> => {
    say(`${type} ${JSON.parse(data).path ?? data}`);
    await taken;
  };
  const ended = tail({ client, path: PATH, stop: stop.signal, deadlines, warn: say, take });
  const until = async (text: string): Promise<void> => {
    while (!said.some((each) => each.includes(text))) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  return { deadlines, stop, said, ended, until };
}

const clientOf = (port: number, deadlines = new ManualDeadlines()): EdgeClient =>
  createEdgeClient({ COLOCAL_URL: `http://127.0.0.1:${port}` }, deadlines);

/** Resolves once the client's next stream is open. */
function opening(client: EdgeClient): { readonly client: EdgeClient; readonly open: () => Promise<void> } {
  const waiting: (() => void)[] = [];
  return {
    client: {
      ...client,
      async follow(path, stop) {
        const events = await client.follow(path, stop);
        for (const resolve of waiting.splice(0)) resolve();
        return events;
      },
    },
    open: () => new Promise((resolve) => waiting.push(resolve)),
  };
}

describe('tail', () => {
  test('takes what comes until it is stopped', async () => {
    const { client, open } = opening(clientOf(edge.address.port));
    const opened = open();
    const { until, said, stop, ended } = tailing(client);
    await opened;
    edge.journal.record(traced({ path: '/one' }));
    edge.journal.record(traced({ path: '/two' }));
    await until('/two');
    expect(said).toEqual(['request /one', 'request /two']);
    stop.abort();
    await ended;
  });

  test('an edge that is not there to begin with is an error', async () => {
    const client = clientOf(edge.address.port);
    await edge.control.close();
    await expect(tailing(client).ended).rejects.toMatchObject({ code: 'EDGE_UNREACHABLE' });
  });

  test('waits for an edge that went away, says so once, and goes on with the next', async () => {
    const second = await startControl();
    // The first look finds the edge, two find none, and the fourth finds another.
    const ports = [edge.address.port, 1, 1, second.address.port];
    const gone = clientOf(edge.address.port);
    let looks = 0;
    const { client, open } = opening({
      ...gone,
      follow: (path, stop) => {
        const port = ports[looks++];
        return port === 1 ? gone.follow(path, stop) : clientOf(port ?? 0).follow(path, stop);
      },
    });
    const opened = open();
    const { deadlines, until, said, stop, ended } = tailing(client);
    await opened;
    await edge.control.close();
    await until('went away');
    const again = open();
    while (looks < ports.length) {
      deadlines.elapse(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await again;
    await until('is back');
    second.journal.record(traced({ path: '/again' }));
    await until('/again');
    expect(said).toEqual([
      `the edge at ${gone.url} went away; waiting for it to come back`,
      `the edge at ${gone.url} is back`,
      'request /again',
    ]);
    stop.abort();
    await ended;
    await second.control.close();
  });

  test('an edge that has been silent for too long counts as gone', async () => {
    const deadlines = new ManualDeadlines();
    const { client, open } = opening(clientOf(edge.address.port, deadlines));
    const opened = open();
    const { until, stop, ended } = tailing(client);
    await opened;
    deadlines.elapse(45_000);
    await until('went away');
    stop.abort();
    await ended;
  });

  test('an edge is not silent while what it said is still being taken', async () => {
    const deadlines = new ManualDeadlines();
    const { client, open } = opening(clientOf(edge.address.port, deadlines));
    const opened = open();
    let goOn: () => void = () => undefined;
    const taken = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const { until, said, stop, ended } = tailing(client, taken);
    await opened;
    edge.journal.record(traced({ path: '/one' }));
    await until('/one');
    deadlines.elapse(45_000);
    edge.journal.record(traced({ path: '/two' }));
    goOn();
    await until('/two');
    expect(said).toEqual(['request /one', 'request /two']);
    stop.abort();
    await ended;
  });

  test('something that is no edge is told apart', async () => {
    const { port } = await useServer((_request, response) => response.end('hello'));
    await expect(tailing(clientOf(port)).ended).rejects.toMatchObject({ code: 'NOT_AN_EDGE' });
  });
});
