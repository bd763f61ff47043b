import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  credentialsAnswer,
  Method,
  methodAnswer,
  Reply,
  replyAnswer,
  type SocksMessage,
  type SocksRead,
  SocksReader,
} from './socks5.js';

const bytes = (...parts: (number | string)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part, 'latin1'))));

/** A reader that wants this kind of message next. */
function readerAt(stage: 'methods' | 'credentials' | 'request'): SocksReader {
  const reader = new SocksReader();
  if (stage !== 'methods') reader.expect(stage);
  return reader;
}

const message = (read: SocksRead): SocksMessage | undefined => (read.kind === 'message' ? read.message : undefined);

describe('what a client offers', () => {
  test.each([
    [[0], bytes(5, 1, 0)],
    [[0, 2], bytes(5, 2, 0, 2)],
    [[0, 1, 2], bytes(5, 3, 0, 1, 2)],
  ])('%j', (offered, written) => {
    expect(message(readerAt('methods').read(written))).toEqual({ kind: 'methods', offered });
  });

  test('up to 255 methods', () => {
    const all = Array.from({ length: 255 }, (_, index) => index);
    expect(message(readerAt('methods').read(bytes(5, 255, ...all)))).toEqual({ kind: 'methods', offered: all });
  });
});

describe('credentials', () => {
  test.each([
    ['alice@example.com', 'secret', bytes(1, 17, 'alice@example.com', 6, 'secret')],
    ['alice+staging', '', bytes(1, 13, 'alice+staging', 0)],
    ['a'.repeat(255), 'b'.repeat(255), bytes(1, 255, 'a'.repeat(255), 255, 'b'.repeat(255))],
  ])('of %s', (username, password, written) => {
    expect(message(readerAt('credentials').read(written))).toEqual({ kind: 'credentials', username, password });
  });

  test('are UTF-8', () => {
    const password = 'pässwörd';
    const written = Buffer.concat([bytes(1, 1, 'a'), bytes(Buffer.byteLength(password)), Buffer.from(password)]);
    expect(message(readerAt('credentials').read(written))).toMatchObject({ password });
  });
});

describe('a request', () => {
  test.each<[string, Buffer, Omit<SocksMessage & { kind: 'request' }, 'kind'>]>([
    ['IPv4', bytes(5, 1, 0, 1, 10, 0, 0, 1, 0x15, 0x38), { command: 'connect', host: '10.0.0.1', port: 5432 }],
    [
      'IPv6',
      bytes(5, 1, 0, 4, 0xfd, ...Array(14).fill(0), 5, 0, 80),
      { command: 'connect', host: 'fd00::5', port: 80 },
    ],
    [
      'a name',
      bytes(5, 1, 0, 3, 11, 'db.internal', 0xff, 0xff),
      { command: 'connect', host: 'db.internal', port: 65_535 },
    ],
    ['BIND', bytes(5, 2, 0, 1, 0, 0, 0, 0, 0, 0), { command: 'bind', host: '0.0.0.0', port: 0 }],
    ['UDP ASSOCIATE', bytes(5, 3, 0, 1, 0, 0, 0, 0, 0, 0), { command: 'udp_associate', host: '0.0.0.0', port: 0 }],
    ['a command of its own', bytes(5, 0xf0, 0, 1, 1, 2, 3, 4, 0, 1), { command: 'unknown', host: '1.2.3.4', port: 1 }],
  ])('%s', (_what, written, expected) => {
    expect(message(readerAt('request').read(written))).toEqual({ kind: 'request', ...expected });
  });
});

describe('what is not SOCKS5 is told apart at the first byte that shows it', () => {
  test.each([
    ['methods', bytes(4), 'version'],
    ['methods', bytes('GET / HTTP/1.1\r\n'), 'version'],
    ['methods', bytes(5, 0), 'malformed'],
    ['credentials', bytes(5), 'version'],
    ['credentials', bytes(1, 0), 'malformed'],
    ['request', bytes(4), 'version'],
    ['request', bytes(5, 1, 1, 1), 'malformed'],
    ['request', bytes(5, 1, 0, 2), 'address_type'],
    ['request', bytes(5, 1, 0, 3, 0), 'malformed'],
    ['request', bytes(5, 1, 0, 3, 3, 'a\0b', 0, 80), 'malformed'],
    ['request', bytes(5, 1, 0, 3, 3, 'a b', 0, 80), 'malformed'],
  ] as const)('%s: %j', (stage, written, problem) => {
    expect(readerAt(stage).read(written)).toEqual({ kind: 'problem', problem });
  });
});

test('what comes behind the request is not read, and kept', () => {
  const reader = readerAt('request');
  reader.read(bytes(5, 1, 0, 1, 10, 0, 0, 1, 0, 80, 'early'));
  expect(reader.rest.toString()).toBe('early');
  expect(reader.read()).toEqual({ kind: 'more' });
});

const host = fc.oneof(
  fc.ipV4().map((text) => ({ text, written: bytes(1, ...text.split('.').map(Number)) })),
  fc.stringMatching(/^[a-z][a-z0-9.-]{0,254}$/).map((text) => ({ text, written: bytes(3, text.length, text) })),
);
const text = fc.string({ unit: fc.constantFrom('a', '+', '@', ' ', '\0', '~'), minLength: 1, maxLength: 255 });

test('a whole handshake reads the same, however it is cut', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 255 }),
      text,
      text,
      host,
      fc.nat({ max: 65_535 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 60 }),
      (offered, username, password, to, port, cuts) => {
        const said = Buffer.concat([
          bytes(5, offered.length, ...offered),
          bytes(1, username.length, username, password.length, password),
          bytes(5, 1, 0),
          to.written,
          bytes(port >> 8, port & 255, 'rest'),
        ]);
        const reader = new SocksReader();
        const messages: SocksMessage[] = [];
        for (let at = 0, cut = 0; at < said.length; cut++) {
          const length = cuts[cut % cuts.length] ?? 1;
          let read = reader.read(said.subarray(at, at + length));
          at += length;
          while (read.kind === 'message') {
            messages.push(read.message);
            if (read.message.kind === 'methods') reader.expect('credentials');
            if (read.message.kind === 'credentials') reader.expect('request');
            read = reader.read();
          }
          expect(read.kind).toBe('more');
        }
        expect(messages).toEqual([
          { kind: 'methods', offered: [...offered] },
          { kind: 'credentials', username, password },
          { kind: 'request', command: 'connect', host: to.text, port },
        ]);
        expect(reader.rest.toString()).toBe('rest');
      },
    ),
  );
});

test('garbage is refused or waits for more, and is never kept beyond the longest message', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('methods' as const, 'credentials' as const, 'request' as const),
      fc.uint8Array({ maxLength: 600 }),
      (stage, garbage) => {
        const reader = readerAt(stage);
        const read = reader.read(Buffer.from(garbage));
        if (read.kind === 'more') expect(reader.rest.length).toBeLessThan(513);
      },
    ),
  );
});

test('answers', () => {
  expect([...methodAnswer(Method.PASSWORD)]).toEqual([5, 2]);
  expect([...methodAnswer(Method.NONE_ACCEPTABLE)]).toEqual([5, 255]);
  expect([...credentialsAnswer(true), ...credentialsAnswer(false)]).toEqual([1, 0, 1, 1]);
  expect([...replyAnswer(Reply.REFUSED)]).toEqual([5, 5, 0, 1, 0, 0, 0, 0, 0, 0]);
});
