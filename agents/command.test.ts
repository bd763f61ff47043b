import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { ManualDeadlines } from '../runtime/deadlines.js';
import { createRng } from '../runtime/rng.js';
import { runConnectorCommand } from './command.js';
import { TestLog, TOKEN } from './testing/connector.js';
import { GET, TestEdge } from './testing/edge.js';
import { httpOrigin } from './testing/origin.js';
import { waitUntil } from './testing/wait.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function run(options: Parameters<typeof TestEdge.open>[0] = {}) {
  const edge = await TestEdge.open(options);
  cleanups.push(() => edge.close());
  const signals = new EventEmitter();
  const printed: string[] = [];
  const ready: string[] = [];
  const log = new TestLog();
  const exit = () =>
    runConnectorCommand({
      edge: edge.url,
      token: TOKEN,
      connections: 1,
      deadlines: new ManualDeadlines(),
      rng: createRng('command'),
      log,
      signals,
      printError: (text) => printed.push(text),
      onReady: (id) => ready.push(id),
    });
  return { ready, edge, signals, printed, log, exit };
}

describe('colocal agent run', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s drains and ends with 0', async (signal) => {
    const { edge, signals, log, printed, ready, exit } = await run();
    const code = exit();
    const connection = await edge.connection();
    await waitUntil(() => log.lines.some((line) => line.startsWith('ready ')));
    signals.emit(signal, signal);
    await connection.leaving;
    expect(await code).toBe(0);
    expect(printed).toEqual([]);
    expect(ready).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    expect(signals.eventNames()).toEqual([]);
  });

  test('a second signal ends at once, whatever is open', async () => {
    const origin = await httpOrigin(() => {});
    cleanups.push(origin.close);
    const { edge, signals, exit } = await run({ config: { ingress: [{ service: origin.url }] } });
    const code = exit();
    const connection = await edge.connection();
    const stream = connection.open(GET);
    stream.finish();
    signals.emit('SIGINT', 'SIGINT');
    await connection.leaving;
    signals.emit('SIGTERM', 'SIGTERM');
    expect(await code).toBe(143);
    await connection.closed;
  });

  test('a refusal is printed in two lines and ends with 1', async () => {
    const { edge, printed, exit } = await run();
    const message = 'the tunnel does not exist';
    edge.refusal = { status: 403, body: JSON.stringify({ error: { code: 'UNKNOWN_TUNNEL', message, retry: false } }) };
    expect(await exit()).toBe(1);
    expect(printed).toHaveLength(1);
    expect(printed[0]?.split('\n')).toHaveLength(2);
    expect(printed[0]).toContain('the tunnel does not exist (UNKNOWN_TUNNEL)');
  });

  test('says where its metrics are', async () => {
    const { edge, signals, log, exit } = await run();
    const code = exit();
    await edge.connection();
    const line = log.lines.find((each) => each.includes('/metrics'));
    expect(line).toMatch(/http:\/\/127\.0\.0\.1:\d+/);
    signals.emit('SIGTERM', 'SIGTERM');
    await code;
  });
});
