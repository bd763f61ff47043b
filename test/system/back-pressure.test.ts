import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { ManualDeadlines } from '../../runtime/deadlines.js';
import { digestOf, pattern } from '../support/bytes.js';
import { answered, open } from '../support/client.js';
import { address, hostOf, KINDS, usePaths } from '../support/emulator.js';
import { useServer } from '../support/servers.js';

const MB = 1024 * 1024;
const LENGTH = 32 * MB;
/**
 * What may be on its way when nobody reads at its end: system buffers of two sockets, some 4 MB each, and the windows and
 * streams between them, a few hundred KB.
 */
const IN_BETWEEN = 16 * MB;

/** Writes a body as fast as it is taken; `sent` hears how much was. */
async function send(to: Writable, sent: (bytes: number) => void): Promise<void> {
  let bytes = 0;
  for (const piece of pattern(LENGTH)) {
    bytes += piece.length;
    sent(bytes);
    if (!to.write(piece)) await once(to, 'drain');
  }
  to.end();
}

/** Each test has a transfer that stands still, and another that passes it: whatever would give way has all that time to. */
describe.each(KINDS)('by %s path', (kind) => {
  const host = hostOf(kind);

  test('a client that does not read stalls the origin, and nobody else', async () => {
    let stalled = 0;
    const { port } = await useServer((request, response) => {
      void send(response, (bytes) => {
        if (request.url === '/stalled') stalled = bytes;
      });
    });
    const deadlines = new ManualDeadlines();
    // One connection each, so that it is shared with what stands still.
    const emu = await usePaths({ port, connections: 1, deadlines, settings: { timeouts: { idle: 2 } } });
    const expected = await digestOf(pattern(LENGTH));
    const unread = await answered(open(address(emu, 'url'), host, { path: '/stalled' }).end());

    const other = await answered(open(address(emu, 'url'), host, { path: '/other' }).end());
    expect(await digestOf(other)).toEqual(expected);
    expect(stalled).toBeLessThan(IN_BETWEEN);

    // It is the client that keeps everybody waiting: the origin does not count as idle.
    deadlines.elapse(10_000);
    expect(await digestOf(unread)).toEqual(expected);
    expect(stalled).toBe(LENGTH);
  });

  test('an origin that does not read stalls the client that uploads, and nobody else', async () => {
    let arrive: (request: IncomingMessage) => void = () => undefined;
    const arrived = new Promise<IncomingMessage>((resolve) => {
      arrive = resolve;
    });
    const { port } = await useServer((request, response) => {
      if (request.url === '/stalled') arrive(request);
      else request.resume().on('end', () => response.end());
    });
    const emu = await usePaths({ port, connections: 1 });
    let stalled = 0;
    const stuck = send(open(address(emu, 'url'), host, { method: 'POST', path: '/stalled' }), (bytes) => {
      stalled = bytes;
    });
    const unread = await arrived;

    const other = open(address(emu, 'url'), host, { method: 'POST', path: '/other' });
    const answer = answered(other);
    await send(other, () => undefined);
    expect((await answer).statusCode).toBe(200);
    expect(stalled).toBeLessThan(IN_BETWEEN);

    expect(await digestOf(unread)).toEqual(await digestOf(pattern(LENGTH)));
    await stuck;
    expect(stalled).toBe(LENGTH);
  });
});
