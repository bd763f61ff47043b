import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { basicCredentials, HeadReader } from './connect-head.js';

const LIMIT = 16 * 1024;
const read = (text: string, limit = LIMIT) => new HeadReader(limit).read(Buffer.from(text, 'latin1'));

test('a head, and what comes behind it', () => {
  expect(read('CONNECT 10.0.0.1:5432 HTTP/1.1\r\nHost: x\r\nUser-Agent:  curl/8 \r\n\r\nearly')).toEqual({
    kind: 'head',
    head: { method: 'CONNECT', target: '10.0.0.1:5432', headers: ['Host', 'x', 'User-Agent', 'curl/8'] },
    rest: Buffer.from('early'),
  });
});

describe('what is no head', () => {
  test.each([
    ['no version', 'CONNECT a:1\r\n\r\n'],
    ['another version', 'CONNECT a:1 HTTP/2.0\r\n\r\n'],
    ['two spaces', 'CONNECT  a:1 HTTP/1.1\r\n\r\n'],
    ['a method in lower case', 'connect a:1 HTTP/1.1\r\n\r\n'],
    ['a folded header', 'CONNECT a:1 HTTP/1.1\r\nA: b\r\n c\r\n\r\n'],
    ['a header without a name', 'CONNECT a:1 HTTP/1.1\r\n: b\r\n\r\n'],
    ['a space in front of the colon', 'CONNECT a:1 HTTP/1.1\r\nA : b\r\n\r\n'],
    ['a control character', 'CONNECT a:1 HTTP/1.1\r\nA: b\0c\r\n\r\n'],
    ['a bare line feed', 'CONNECT a:1 HTTP/1.1\r\nA: b\nB: c\r\n\r\n'],
    ['nothing', '\r\n\r\n'],
  ])('%s', (_what, text) => {
    expect(read(text)).toEqual({ kind: 'problem', problem: 'malformed' });
  });
});

test('a head has a limit, whether it ends or not', () => {
  const head = (length: number): string => `CONNECT a:1 HTTP/1.1\r\nA: ${'b'.repeat(length - 25)}`;
  expect(read(`${head(100)}\r\n\r\n`, 100).kind).toBe('head');
  expect(read(`${head(101)}\r\n\r\n`, 100)).toEqual({ kind: 'problem', problem: 'too_large' });
  expect(read(head(200), 100)).toEqual({ kind: 'problem', problem: 'too_large' });
});

test('reads the same, however it is cut', () => {
  const text = 'CONNECT [fd00::1]:80 HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\nrest';
  const whole = read(text);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (cuts) => {
      const reader = new HeadReader(LIMIT);
      let said = '';
      for (let at = 0, cut = 0; ; cut++) {
        const piece = text.slice(at, at + (cuts[cut % cuts.length] ?? 1));
        at += piece.length;
        said += piece;
        const result = reader.read(Buffer.from(piece));
        if (result.kind === 'more') continue;
        expect(result).toMatchObject({ kind: 'head', head: whole.kind === 'head' ? whole.head : {} });
        if (result.kind === 'head') expect(said.endsWith(result.rest.toString())).toBe(true);
        return;
      }
    }),
  );
});

describe('Basic', () => {
  const encoded = (text: string): string => Buffer.from(text).toString('base64');
  test.each([
    [`Basic ${encoded('alice@example.com:won:der')}`, 'alice@example.com', 'won:der'],
    [`basic  ${encoded('ä:ö')}`, 'ä', 'ö'],
    [`Basic ${encoded(':')}`, '', ''],
  ])('%s', (header, username, password) => {
    expect(basicCredentials(header)).toEqual({ username, password });
  });

  test.each([undefined, '', 'Basic', 'Bearer YTpi', `Basic ${encoded('nocolon')}`, 'Basic a b'])(
    '%j is none',
    (header) => {
      expect(basicCredentials(header)).toBeUndefined();
    },
  );
});
