import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Emulator } from '../../emulator/index.js';
import type { FaultInput } from '../../emulator/state/schemas/fault.js';
import { answered, open, whole } from '../support/client.js';
import { address, hostOf, KINDS, type PathKind, usePaths } from '../support/emulator.js';
import { parseRoute } from '../support/route.js';
import { useServer, useTlsServer } from '../support/servers.js';
import { connectWebSocket, useWebSocketServer } from '../support/websocket.js';

const BODY = 'x'.repeat(100_000);

/** What becomes of an answer: what came of its body, and whether it was all. */
async function outcome(emu: Emulator, kind: PathKind, path = '/') {
  const response = await answered(open(address(emu, 'url'), hostOf(kind), { path }).end());
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  await new Promise<void>((resolve) => response.once('close', resolve));
  const { ray } = parseRoute(String(response.headers['colocal-route']));
  return { status: response.statusCode, bytes, complete: response.complete, trace: emu.requests.find(String(ray)) };
}

describe.each(KINDS)('an origin behind a %s path', (kind) => {
  test.each([
    { how: 'with a length', framing: { 'content-length': String(BODY.length) } },
    { how: 'in chunks', framing: {} },
  ])('whose body ($how) breaks off', async ({ framing }) => {
    const { port } = await useServer((_request, response) => response.writeHead(200, framing).end(BODY));
    const emu = await usePaths({ port });
    for (const type of ['origin_reset', 'origin_truncated'] as const) {
      emu.faults.add({ name: 'broken', type, after: 1000, match: { pool: kind } });
      const { trace, ...struck } = await outcome(emu, kind);
      expect(struck).toEqual({ status: 200, bytes: 1000, complete: false });
      expect(trace).toMatchObject({
        outcome: 'cut_off',
        attempts: [{ failure: type === 'origin_reset' ? 'reset' : 'invalid_response' }],
      });
      expect(trace?.reasons.filter(({ step }) => step === 'fault')).toMatchObject([
        { subject: 'broken', outcome: type, detail: expect.stringContaining('after 1000 bytes') },
      ]);
      // What is no longer than that is whole.
      emu.faults.set('broken', { after: BODY.length });
      expect(await outcome(emu, kind)).toMatchObject({ bytes: BODY.length, complete: true });
      emu.faults.remove('broken');
      expect(await outcome(emu, kind)).toMatchObject({ bytes: BODY.length, complete: true });
    }
  });

  test('whose WebSocket breaks in the middle of what it sends', async () => {
    const { port } = await useWebSocketServer((socket) => socket.send(BODY));
    const emu = await usePaths({ port });
    emu.faults.add({ name: 'broken', type: 'origin_reset', after: 5000 });
    const { socket } = await connectWebSocket(emu, hostOf(kind), '/');
    const messages: unknown[] = [];
    socket.on('message', (data) => messages.push(data));
    const code = await new Promise((resolve) => socket.once('close', resolve));
    expect([code, messages]).toEqual([1006, []]);
  });

  test('whose body drips comes at its rate, whole, with the origin held back', async () => {
    let written = 0;
    const { port } = await useServer((_request, response) => {
      response.writeHead(200, { 'content-length': String(30 * BODY.length) });
      const more = (): void => {
        while (written < 30 * BODY.length) {
          written += BODY.length;
          if (!response.write(BODY)) {
            response.once('drain', more);
            return;
          }
        }
        response.end();
      };
      more();
    });
    const emu = await usePaths({ port, clock: 'manual' });
    emu.faults.add({ name: 'drips', type: 'origin_slow_body', rate: 100_000, match: { pool: kind } });
    const began = emu.clock.now();
    // The head is not held back.
    const response = await answered(open(address(emu, 'url'), hostOf(kind)).end());
    const hash = createHash('sha256');
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      hash.update(chunk);
    });
    let over = false;
    response.once('end', () => {
      over = true;
    });
    while (!over) {
      await emu.clock.advance('1s');
      await new Promise((resolve) => setImmediate(resolve));
      const seconds = (emu.clock.now() - began) / 1000;
      expect(bytes).toBeLessThanOrEqual(seconds * 100_000);
    }
    expect(bytes).toBe(30 * BODY.length);
    expect(hash.digest('hex')).toBe(createHash('sha256').update(BODY.repeat(30)).digest('hex'));
    const { ray } = parseRoute(String(response.headers['colocal-route']));
    expect(emu.requests.find(String(ray))?.reasons).toContainEqual({
      step: 'fault',
      subject: 'drips',
      outcome: 'origin_slow_body',
      detail: 'the body of the response comes at 100000 bytes a second',
    });
  });
});

describe('an origin with a wrong certificate', () => {
  const fault: FaultInput = { name: 'tls', type: 'origin_wrong_certificate' };

  test.each([
    { kind: 'public', ssl: 'full', certificate: 'expired', status: 200 },
    { kind: 'public', ssl: 'full', certificate: 'none', status: 525 },
    { kind: 'private', ssl: 'full', certificate: 'none', status: 525 },
    { kind: 'private', ssl: 'full', certificate: 'other_name', status: 200 },
    // Its connector's business.
    { kind: 'tunnel', ssl: 'full', certificate: 'none', status: 200 },
  ] as const)('$certificate, by $kind path with ssl mode $ssl: $status', async ({ kind, ssl, certificate, status }) => {
    const { port } = await useTlsServer((_request, response) => response.end());
    const emu = await usePaths({ port, ssl, scheme: 'https', originRequest: { noTLSVerify: true } });
    emu.faults.add({ ...fault, certificate });
    const response = await emu.fetch(`https://${hostOf(kind)}/`);
    expect(response.status).toBe(status);
    const { ray } = parseRoute(response.headers.get('colocal-route'));
    const faults = emu.requests.find(String(ray))?.reasons.filter(({ step }) => step === 'fault');
    expect(faults).toMatchObject(status === 200 ? [] : [{ subject: 'tls', outcome: 'origin_wrong_certificate' }]);
    emu.faults.remove('tls');
    expect((await emu.fetch(`https://${hostOf(kind)}/`)).status).toBe(200);
  });

  test.each(['self_signed', 'expired', 'other_name'] as const)('%s, with ssl mode strict: 526', async (certificate) => {
    // Nothing is asked: were it not for the fault, there would be nobody.
    const emu = await usePaths({ port: 1, ssl: 'strict', scheme: 'https' });
    emu.faults.add({ ...fault, certificate });
    const response = await emu.fetch('https://public.example.com/');
    expect(response.status).toBe(526);
    expect(await response.text()).toContain('fault tls');
  });

  test('does not touch what is plain', async () => {
    const { port } = await useServer((_request, response) => response.end());
    const emu = await usePaths({ port });
    emu.faults.add({ ...fault, certificate: 'none' });
    expect((await whole(await answered(open(address(emu, 'url'), hostOf('public')).end()))).status).toBe(200);
  });
});
