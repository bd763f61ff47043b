import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { ManualDeadlines } from '../../../runtime/deadlines.js';
import { type Child, startChild } from './child.js';

/** Runs a piece of JavaScript as a child. */
function child(script: string, deadlines = new ManualDeadlines(), environment: Record<string, string> = {}): Child {
  return startChild({ name: 'a child', program: ['-e', script], args: [], environment, deadlines });
}

const ended = (started: Child) => started.exited;

describe('child', () => {
  test('tells how it ended and what it wrote last, on either stream', async () => {
    const { how, output } = await ended(
      child(`for (let i = 0; i < 40; i++) console.log('line ' + i); console.error('broken'); process.exitCode = 3`),
    );
    expect(how).toBe('exit code 3');
    expect(output).toHaveLength(12);
    expect(output).toContain('line 39');
    expect(output).toContain('broken');
  });

  test('gets what must not be an argument through its environment', async () => {
    const { output } = await ended(child(`console.log(process.env.TUNNEL_TOKEN)`, undefined, { TUNNEL_TOKEN: 't' }));
    expect(output).toEqual(['t']);
  });

  test('says when it is ready', async () => {
    const started = child(`process.on('message', () => {}); process.send({ ready: { url: 'http://x' } })`);
    expect(await started.ready).toEqual({ url: 'http://x' });
    await started.stop();
  });

  test('passes on what it tells', async () => {
    const script = `process.send({ news: 'a.yaml was applied' }); process.send({ other: 1 })`;
    const news: string[] = [];
    const deadlines = new ManualDeadlines();
    const options = { name: 'a child', program: ['-e', script], args: [], deadlines };
    await startChild({ ...options, onNews: (text) => news.push(text) }).exited;
    expect(news).toEqual(['a.yaml was applied']);
  });

  test('is asked to stop first', async () => {
    const deadlines = new ManualDeadlines();
    const started = child('setInterval(() => {}, 1000)', deadlines);
    await started.stop();
    expect((await started.exited).how).toBe('SIGTERM');
    expect(deadlines.size).toBe(0);
  });

  test('is killed when it does not stop', async () => {
    // It connects here once it ignores signals.
    const server = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const deadlines = new ManualDeadlines();
    const started = child(
      `process.on('SIGTERM', () => {}); require('node:net').connect(${port}, '127.0.0.1')`,
      deadlines,
    );
    await once(server, 'connection');
    const stopped = started.stop();
    deadlines.elapse(5_000);
    await stopped;
    expect((await started.exited).how).toBe('SIGKILL');
    server.close();
  });

  test('is killed with the signal that is asked for', async () => {
    expect((await child('setInterval(() => {}, 1000)').kill('SIGKILL')).how).toBe('SIGKILL');
  });

  test('can be stopped after it ended', async () => {
    const started = child('');
    await started.exited;
    await started.stop();
  });
});
