import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { type Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PATTERN_LENGTH, patternByte } from '../../origins/answers/bytes.js';
import { answered, open, whole } from '../support/client.js';
import { address, hostOf, KINDS, usePaths } from '../support/emulator.js';
import { useOrigin, useServer } from '../support/servers.js';

const MB = 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** What is alive: garbage that nobody has picked up yet says nothing. Bytes, buffers included. */
function liveBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Remembers the most that was alive at certain points of a transfer, above what was alive before it. */
class Memory {
  private readonly before = liveBytes();
  private next = 0;
  private most = 0;

  /** Looks once for every 16 MB. */
  at(bytes: number): void {
    if (bytes < this.next) return;
    this.next = bytes + 16 * MB;
    this.most = Math.max(this.most, liveBytes() - this.before);
  }

  get growth(): number {
    return this.most;
  }
}

/** All five parties of a transfer are in this process: client, edge, connector, origin and the test. */
const MOST_GROWTH = 16 * MB;
const LENGTH = 100 * MB;

const PIECE = Buffer.from(Uint8Array.from({ length: PATTERN_LENGTH }, (_, offset) => patternByte(offset)));

function* pattern(length: number, memory: Memory): Generator<Buffer> {
  for (let sent = 0; sent < length; sent += PIECE.length) {
    memory.at(sent);
    yield PIECE.subarray(0, Math.min(PIECE.length, length - sent));
  }
}

const digests = new Map<number, string>();
function digestOf(length: number): string {
  let digest = digests.get(length);
  if (digest === undefined) {
    const hash = createHash('sha256');
    for (let done = 0; done < length; done += PIECE.length) hash.update(PIECE.subarray(0, Math.min(PIECE.length, length - done)));
    digest = hash.digest('hex');
    digests.set(length, digest);
  }
  return digest;
}

async function digest(body: Readable, memory: Memory): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash: Hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
    memory.at(bytes);
  }
  return { bytes, sha256: hash.digest('hex') };
}

describe.each(KINDS)('by %s path', (kind) => {
  const host = hostOf(kind);

  test('a download of 100 MB is whole and is never in memory', async () => {
    const origin = await useOrigin();
    const emu = await usePaths({ port: origin.address.port });
    const memory = new Memory();
    const answer = await answered(open(address(emu, 'url'), host, { path: `/bytes/${LENGTH}` }).end());
    expect(await digest(answer, memory)).toEqual({ bytes: LENGTH, sha256: digestOf(LENGTH) });
    expect(memory.growth).toBeLessThan(MOST_GROWTH);
    expect(emu.requests.list(1)[0]).toMatchObject({ responseBytes: LENGTH, outcome: 'complete' });
  });

  test('an upload of 100 MB is whole and is never in memory', async () => {
    const origin = await useOrigin();
    const emu = await usePaths({ port: origin.address.port });
    const memory = new Memory();
    const request = open(address(emu, 'url'), host, { method: 'POST', path: '/upload' });
    const answer = answered(request);
    await pipeline(pattern(LENGTH, memory), request);
    expect(JSON.parse((await whole(await answer)).body)).toMatchObject({ bytes: LENGTH, sha256: digestOf(LENGTH) });
    expect(memory.growth).toBeLessThan(MOST_GROWTH);
    expect(emu.requests.list(1)[0]).toMatchObject({ requestBytes: LENGTH, outcome: 'complete' });
  });

  test('the same over HTTP/2, both at once on one connection', async () => {
    const length = 20 * MB;
    const origin = await useOrigin();
    const emu = await usePaths({ port: origin.address.port });
    const session = connectHttp2(address(emu, 'httpsUrl'), { servername: host, ca: await emu.caPem() });
    onTestFinished(() => session.destroy());
    const memory = new Memory();
    const down = session.request({ ':path': `/bytes/${length}`, ':authority': host });
    const up = session.request({ ':path': '/upload', ':method': 'POST', ':authority': host });
    const [downloaded, answer] = await Promise.all([
      digest(down, memory),
      up.setEncoding('utf8').reduce((text, chunk) => text + chunk, ''),
      pipeline(pattern(length, memory), up, { end: true }),
    ]);
    expect(downloaded).toEqual({ bytes: length, sha256: digestOf(length) });
    expect(JSON.parse(answer)).toMatchObject({ bytes: length, sha256: digestOf(length) });
  });

  /** What system buffers, windows and streams on the way may hold together: two sockets of some 5 MB each, and a little. */
  const IN_BETWEEN = 24 * MB;
  const ENDLESS = 64 * MB;

  test('a client that does not read stalls the origin and nobody else', async () => {
    let stalled = 0;
    let released: () => void = () => undefined;
    const send = async (response: ServerResponse, count: (bytes: number) => void): Promise<void> => {
      for (let sent = 0; sent < ENDLESS; sent += PIECE.length) {
        count(PIECE.length);
        if (!response.write(PIECE)) await once(response, 'drain');
      }
      response.end();
      released();
    };
    const { port } = await useServer((request, response) => {
      void send(response, (bytes) => {
        if (request.url === '/stalled') stalled += bytes;
      });
    });
    const emu = await usePaths({ port, connections: 1 });
    const answer = await answered(open(address(emu, 'url'), host, { path: '/stalled' }).end());
    // Whatever would be taken from the origin without being asked for has all this time to show.
    const other = await answered(open(address(emu, 'url'), host, { path: '/other' }).end());
    expect(await digest(other, new Memory())).toEqual({ bytes: ENDLESS, sha256: digestOf(ENDLESS) });
    expect(stalled).toBeLessThan(IN_BETWEEN);

    const finished = new Promise<void>((resolve) => {
      released = resolve;
    });
    expect(await digest(answer, new Memory())).toEqual({ bytes: ENDLESS, sha256: digestOf(ENDLESS) });
    await finished;
    expect(stalled).toBe(ENDLESS);
  });

  test('an origin that does not read stalls the client that uploads and nobody else', async () => {
    let hold: (request: IncomingMessage) => void = () => undefined;
    const held = new Promise<IncomingMessage>((resolve) => {
      hold = resolve;
    });
    const { port } = await useServer((request, response) => {
      if (request.url === '/stalled') hold(request);
      else request.pipe(new Writable({ write: (_chunk, _encoding, done) => done() })).on('finish', () => response.end());
    });
    const emu = await usePaths({ port, connections: 1 });
    let stalled = 0;
    const upload = async (path: string, count: (bytes: number) => void): Promise<IncomingMessage> => {
      const request = open(address(emu, 'url'), host, { method: 'POST', path });
      const answer = answered(request);
      answer.catch(() => undefined);
      for (let sent = 0; sent < ENDLESS; sent += PIECE.length) {
        count(PIECE.length);
        if (!request.write(PIECE)) await once(request, 'drain');
      }
      request.end();
      return answer;
    };
    const slow = upload('/stalled', (bytes) => {
      stalled += bytes;
    });
    slow.catch(() => undefined);
    const request = await held;
    expect((await upload('/other', () => undefined)).statusCode).toBe(200);
    expect(stalled).toBeLessThan(IN_BETWEEN);
    expect(await digest(request, new Memory())).toEqual({ bytes: ENDLESS, sha256: digestOf(ENDLESS) });
    expect(stalled).toBe(ENDLESS);
  });
});
