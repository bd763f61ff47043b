import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { answered, open } from '../support/client.js';
import { WatchedDeadlines } from '../support/deadlines.js';
import { address, hostOf, KINDS, usePaths } from '../support/emulator.js';
import { useServer } from '../support/servers.js';
import { connectWebSocket, useWebSocketServer } from '../support/websocket.js';

/** Milliseconds. Short of everything else that is timed: heartbeats go on, and are answered in real time. */
const IDLE = 2_000;

/** An origin that begins every answer and leaves the rest to the test, and an edge whose time the test lets pass. */
async function useTalk() {
  const answers: ServerResponse[] = [];
  const { port } = await useServer((request, response) => {
    answers.push(response.on('error', () => undefined));
    request.resume();
    response.writeHead(200).write('one');
  });
  return { ...(await useShortIdle(port)), answers };
}

async function useShortIdle(port: number) {
  const deadlines = new WatchedDeadlines();
  const settings = { timeouts: { idle: IDLE / 1000 } };
  return { emu: await usePaths({ port, deadlines, settings, connections: 1 }), deadlines };
}

describe.each(KINDS)('by %s path', (kind) => {
  const host = hostOf(kind);

  test('an answer that stalls after its head is cut off, and the record says why', async () => {
    const { emu, deadlines, answers } = await useTalk();
    const answer = await answered(open(address(emu, 'url'), host).end());
    await once(answer, 'data');
    await deadlines.set(IDLE);
    deadlines.elapse(IDLE - 1);
    // Whatever moves begins the span anew.
    answers[0]?.write('two');
    await once(answer, 'data');
    deadlines.elapse(IDLE - 1);
    answers[0]?.write('three');
    await once(answer, 'data');
    const originLost = once(answers[0] as ServerResponse, 'close');
    const broken = once(answer, 'error');
    deadlines.elapse(IDLE);
    await Promise.all([broken, originLost]);
    const trace = emu.requests.find(String(answer.headers['cf-ray']));
    expect(trace).toMatchObject({ outcome: 'cut_off', status: 200, attempts: [{ failure: 'response_timeout' }] });
    expect(trace?.reasons.at(-1)).toMatchObject({
      outcome: 'cut_off',
      detail: 'nothing moved for 2 s (settings.timeouts.idle)',
    });
  });

  test('an upload that makes progress keeps an answer open that has begun', async () => {
    const { emu, deadlines, answers } = await useTalk();
    const request = open(address(emu, 'url'), host, { method: 'POST' });
    request.write('begin');
    const answer = await answered(request);
    await once(answer, 'data');
    for (let part = 0; part < 3; part++) {
      deadlines.elapse(IDLE - 1);
      const arrived = once(answers[0]?.req as NodeJS.ReadableStream, 'data');
      request.write('more');
      await arrived;
    }
    deadlines.elapse(IDLE - 1);
    answers[0]?.end();
    request.end();
    await once(answer, 'end');
  });

  test('a WebSocket on which nothing moves is closed, and the record says why', async () => {
    const sockets: WebSocket[] = [];
    const { port } = await useWebSocketServer((socket) => sockets.push(socket));
    const { emu, deadlines } = await useShortIdle(port);
    const { socket, head } = await connectWebSocket(emu, host, '/');
    const [origin] = sockets as [WebSocket];
    await deadlines.set(IDLE);
    for (const [from, to] of [
      [socket, origin],
      [origin, socket],
    ] as const) {
      deadlines.elapse(IDLE - 1);
      const heard = once(to, 'message');
      from.send('still here');
      await heard;
    }
    const closed = Promise.all([once(socket, 'close'), once(origin, 'close')]);
    deadlines.elapse(IDLE);
    await closed;
    const trace = emu.requests.find(String(head.headers['cf-ray']));
    expect(trace).toMatchObject({ outcome: 'cut_off', status: 101, attempts: [{ failure: 'response_timeout' }] });
    expect(trace?.reasons.at(-1)).toMatchObject({ detail: 'nothing moved for 2 s (settings.timeouts.idle)' });
  });
});
