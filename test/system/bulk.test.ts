import { connect as connectHttp2 } from 'node:http2';
import { pipeline } from 'node:stream/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, onTestFinished, test } from 'vitest';
import { digestOf, pattern } from '../support/bytes.js';
import { answered, open, whole } from '../support/client.js';
import { address, hostOf, KINDS, usePaths } from '../support/emulator.js';
import { useOrigin } from '../support/servers.js';

const MB = 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** What is alive: garbage that nobody has picked up yet says nothing. Bytes, buffers included. */
function liveBytes(): number {
  // Buffers are freed on the side; the second collection waits until those of the first are.
  collectGarbage();
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** The most that was alive at certain points of a transfer, above what was alive before it. */
class Memory {
  growth = 0;
  private readonly before = liveBytes();
  private next = 0;

  /** Looks once for every 16 MB. */
  readonly at = (bytes: number): void => {
    if (bytes < this.next) return;
    this.next = bytes + 16 * MB;
    this.growth = Math.max(this.growth, liveBytes() - this.before);
  };
}

const LENGTH = 100 * MB;
/** All five parties of a transfer are in this process: client, edge, connector, origin and the test. */
const MOST_GROWTH = 8 * MB;

describe.each(KINDS)('by %s path', (kind) => {
  const host = hostOf(kind);

  test('a download of 100 MB is whole and is never in memory', async () => {
    const origin = await useOrigin();
    const emu = await usePaths({ port: origin.address.port });
    const memory = new Memory();
    const answer = await answered(open(address(emu, 'url'), host, { path: `/bytes/${LENGTH}` }).end());
    const received = await digestOf(answer, memory.at);
    expect(memory.growth).toBeLessThan(MOST_GROWTH);
    expect(received).toEqual(await digestOf(pattern(LENGTH)));
    expect(emu.requests.list(1)[0]).toMatchObject({ responseBytes: LENGTH, outcome: 'complete' });
  });

  test('an upload of 100 MB is whole and is never in memory', async () => {
    const origin = await useOrigin();
    const emu = await usePaths({ port: origin.address.port });
    const memory = new Memory();
    const request = open(address(emu, 'url'), host, { method: 'POST', path: '/upload' });
    const answer = answered(request);
    await pipeline(pattern(LENGTH, memory.at), request);
    const received: unknown = JSON.parse((await whole(await answer)).body);
    expect(memory.growth).toBeLessThan(MOST_GROWTH);
    expect(received).toMatchObject(await digestOf(pattern(LENGTH)));
    expect(emu.requests.list(1)[0]).toMatchObject({ requestBytes: LENGTH, outcome: 'complete' });
  });

  test('HTTP/2 carries both at once on one connection', async () => {
    const length = 10 * MB;
    const origin = await useOrigin();
    const emu = await usePaths({ port: origin.address.port });
    const session = connectHttp2(address(emu, 'httpsUrl'), { servername: host, ca: await emu.caPem() });
    onTestFinished(() => session.destroy());
    const down = session.request({ ':path': `/bytes/${length}`, ':authority': host });
    const up = session.request({ ':path': '/upload', ':method': 'POST', ':authority': host });
    const [downloaded, answer] = await Promise.all([
      digestOf(down),
      up.setEncoding('utf8').reduce((text, chunk) => text + chunk, ''),
      pipeline(pattern(length), up),
    ]);
    const expected = await digestOf(pattern(length));
    expect(downloaded).toEqual(expected);
    expect(JSON.parse(answer)).toMatchObject(expected);
  });
});
