import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deserialized } from './serialized.js';

const base64 = (value: string, padded: boolean): string => {
  const text = Buffer.from(value, 'latin1').toString('base64');
  return padded ? text : text.replace(/=+$/, '');
};
const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
const bytes = (minLength: number) => fc.string({ unit: byte, minLength });

test('gives the names and values that were wrapped, byte by byte, padded or not', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(bytes(1), bytes(0))), fc.boolean(), (pairs, padded) => {
      const text = pairs.map(([name, value]) => `${base64(name, padded)}:${base64(value, padded)}`).join(';');
      expect(deserialized(text)).toEqual(pairs.flat());
    }),
  );
});

test('a value may be longer than what parts are decoded to', () => {
  const long = 'v'.repeat(100_000);
  expect(deserialized(`${base64('n', false)}:${base64(long, false)};${base64('m', false)}:`)).toEqual([
    'n',
    long,
    'm',
    '',
  ]);
});

test('leaves out pairs without a colon or without a name', () => {
  expect(deserialized('')).toEqual([]);
  expect(deserialized(';;bmFtZQ;:dmFsdWU;bmFtZQ:dmFsdWU;YmFk')).toEqual(['name', 'value']);
});

test('reads on over what is no base64, as Node does', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', 'Z', '0', '+', '/', ' ', '\n', '*', 'é', '\u{ffff}') }),
      (text) => {
        const value = Buffer.from(text, 'base64').toString('latin1');
        expect(deserialized(`bg:${text}`)).toEqual(['n', value]);
      },
    ),
  );
});
