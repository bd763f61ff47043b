import { expect, test } from 'vitest';
import { wrapText } from './wrap.js';

test('lines break at blanks and go on further in', () => {
  expect(wrapText('one two three four\n  five six seven', 10)).toBe('one two\n  three\n  four\n  five six\n    seven');
});

test('what fits stays as it is, and a word is never broken', () => {
  expect(wrapText('  a   b\n\nc', 10)).toBe('  a   b\n\nc');
  expect(wrapText('see /a/very/long/path now', 10)).toBe('see\n  /a/very/long/path\n  now');
});

test('a line that carets point into stays whole', () => {
  const text = '    http.host eq "a" and\n                     ^^^';
  expect(wrapText(text, 10)).toBe(text);
});
