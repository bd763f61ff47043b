import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readReply } from './smtp-reply.js';

describe('a reply of a mail server', () => {
  test.each([
    ['220 mail.example.com ESMTP\r\n', { code: 220, text: 'mail.example.com ESMTP', rest: '' }],
    ['250-mail.example.com\r\n250-SIZE 1000\r\n250 HELP\r\n', { code: 250, text: 'HELP', rest: '' }],
    ['250\n221 bye\n', { code: 250, text: '', rest: '221 bye\n' }],
    ['220 mail', undefined],
    ['220-first\r\n', undefined],
    ['', undefined],
    ['HTTP/1.1 400 Bad Request\r\n', 'invalid'],
    ['2200 too long\r\n', 'invalid'],
    ['\r\n', 'invalid'],
    ['220'.padEnd(20_000, 'x'), 'invalid'],
    ['220-more\r\n'.repeat(2_000), 'invalid'],
  ])('%j', (text, expected) => {
    expect(readReply(text)).toEqual(expected);
  });

  test('is the same in whatever pieces it comes', () => {
    const whole = '250-one\r\n250-two\r\n250 three\r\n';
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length - 1 }), (cut) => {
        expect(readReply(whole.slice(0, cut))).toBeUndefined();
      }),
    );
  });
});
