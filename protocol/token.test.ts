import { describe, expect, test } from 'vitest';
import { ColocalError } from '../runtime/errors.js';
import { decodeToken, encodeToken } from './token.js';

const token = { accountId: 'acc', tunnelId: '6ff42ae2-765d-4adf-8112-31c55c1551ef', secret: 'c2VjcmV0' };

describe('the tunnel token', () => {
  test('is base64 of JSON with the keys a, t and s', () => {
    const text = encodeToken(token);
    expect(JSON.parse(Buffer.from(text, 'base64').toString())).toEqual({ a: 'acc', t: token.tunnelId, s: 'c2VjcmV0' });
    expect(decodeToken(text)).toEqual(token);
  });

  test.each([
    ['text', 'not a token'],
    ['other JSON', Buffer.from('{"a":"x"}').toString('base64')],
    ['a JSON null', Buffer.from('null').toString('base64')],
    ['nothing', ''],
  ])('%s is refused with what to do', (_, text) => {
    expect(() => decodeToken(text)).toThrow(ColocalError);
    expect(() => decodeToken(text)).toThrow('the tunnel token cannot be read');
  });
});
