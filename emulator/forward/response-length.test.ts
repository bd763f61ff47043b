import { expect, test } from 'vitest';
import { declaredLength } from './response-length.js';

test.each<[string, string[], number | undefined | 'invalid']>([
  ['none', ['Content-Type', 'text/plain'], undefined],
  ['one, in any case', ['CONTENT-length', '12'], 12],
  ['the same twice', ['Content-Length', '12', 'content-length', '12'], 12],
  ['two that differ', ['Content-Length', '12', 'Content-Length', '13'], 'invalid'],
  ['a list', ['Content-Length', '12, 12'], 'invalid'],
  ['a sign', ['Content-Length', '-1'], 'invalid'],
  ['hexadecimal', ['Content-Length', '0x10'], 'invalid'],
  ['nothing', ['Content-Length', ''], 'invalid'],
  ['more digits than anybody needs', ['Content-Length', '9'.repeat(30)], 'invalid'],
])('%s', (_what, headers, expected) => {
  expect(declaredLength(headers)).toBe(expected);
});
