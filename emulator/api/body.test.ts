import { describe, expect, test } from 'vitest';
import { readBody as readBytes } from './body.js';

const JSON_TYPE = 'application/json';
const readBody = (method: Parameters<typeof readBytes>[0], text: string, contentType: string | undefined) =>
  readBytes(method, Buffer.from(text), contentType);
const codeOf = (read: () => unknown): number | undefined => {
  try {
    read();
    return undefined;
  } catch (error) {
    return (error as { errors: { code: number }[] }).errors[0]?.code;
  }
};

/** docs/reference/api.md 1.2. */
describe('bodies', () => {
  test('are objects', () => {
    expect(readBody('POST', '{"a":[1,{"b":"}]"}]}', JSON_TYPE)).toEqual({ a: [1, { b: '}]' }] });
    for (const text of ['[]', '1', 'null', '"x"', '{', '{} x']) {
      expect(codeOf(() => readBody('POST', text, JSON_TYPE))).toBe(6007);
    }
  });

  test('are UTF-8: other bytes are refused, not replaced', () => {
    expect(codeOf(() => readBytes('POST', Buffer.from('{"a":"\xff"}', 'latin1'), JSON_TYPE))).toBe(6007);
    expect(readBody('POST', '{"a":"東京"}', JSON_TYPE)).toEqual({ a: '東京' });
  });

  test('may be left out of POST, not of PUT and PATCH', () => {
    expect(readBody('POST', '', undefined)).toEqual({});
    expect(codeOf(() => readBody('PUT', '', JSON_TYPE))).toBe(6007);
    expect(codeOf(() => readBody('PATCH', '', JSON_TYPE))).toBe(6007);
  });

  test('of GET and DELETE are not looked at', () => {
    expect(readBody('GET', 'x', 'text/plain')).toEqual({});
    expect(readBody('DELETE', 'x', 'text/plain')).toEqual({});
  });

  test('are 64 deep at most; what looks like depth inside a text is none', () => {
    const deep = (levels: number) => `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`;
    expect(codeOf(() => readBody('POST', deep(64), JSON_TYPE))).toBeUndefined();
    expect(codeOf(() => readBody('POST', deep(65), JSON_TYPE))).toBe(6007);
    const text = JSON.stringify({ a: `\\"${'['.repeat(200)}` });
    expect(readBody('POST', text, JSON_TYPE)).toEqual(JSON.parse(text));
  });

  test.each([
    ['application/json', true],
    ['application/json;charset=utf-8', true],
    ['APPLICATION/JSON', true],
    ['application/vnd.api+json', true],
    ['application/jsonp', false],
    ['text/json', false],
    ['', false],
    [undefined, false],
  ])('of the type %s are read: %s', (type, read) => {
    expect(codeOf(() => readBody('POST', '{}', type))).toBe(read ? undefined : 9207);
  });
});
