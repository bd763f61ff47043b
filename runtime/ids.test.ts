import { describe, expect, test } from 'vitest';
import { createIds, derivedHex32, derivedUuid, isUuid, randomSecret, randomSeed, randomUuid } from './ids.js';
import { createRng } from './rng.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('seeded ids', () => {
  test('are well formed and do not repeat', () => {
    const ids = createIds(createRng(1));
    const seen = new Set<string>();
    for (let i = 0; i < 2000; i++) {
      const uuid = ids.uuid();
      expect(UUID.exec(uuid)?.[1]).toBe('4');
      const hex = ids.hex32();
      expect(hex).toMatch(/^[0-9a-f]{32}$/);
      seen.add(uuid).add(hex);
    }
    expect(seen.size).toBe(4000);
  });

  test('are the same for the same seed', () => {
    const [a, b] = [createIds(createRng(1)), createIds(createRng(1))];
    expect([a.uuid(), a.hex32()]).toEqual([b.uuid(), b.hex32()]);
  });
});

describe('derived ids', () => {
  test('depend on the parts and on nothing else', () => {
    expect(derivedHex32('account', 'pool', 'tokyo')).toBe(derivedHex32('account', 'pool', 'tokyo'));
    expect(derivedHex32('account', 'pool', 'tokyo')).toMatch(/^[0-9a-f]{32}$/);
    expect(UUID.exec(derivedUuid('account', 'tunnel', 'tokyo'))?.[1]).toBe('8');
  });

  test('tell apart parts that run into each other', () => {
    const ids = [
      derivedHex32('a', 'bc'),
      derivedHex32('ab', 'c'),
      derivedHex32('abc'),
      derivedHex32('a,b', 'c'),
      derivedHex32('a', 'b,c'),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('ids nobody can guess', () => {
  test('differ each time', () => {
    expect(randomUuid()).not.toBe(randomUuid());
    expect(UUID.exec(randomUuid())?.[1]).toBe('4');
    expect(randomSecret()).not.toBe(randomSecret());
    expect(Buffer.from(randomSecret(), 'base64')).toHaveLength(32);
    expect(Buffer.from(randomSecret(64), 'base64')).toHaveLength(64);
  });

  test('a seed is an unsigned 32-bit integer', () => {
    const seed = randomSeed();
    expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32).toBe(true);
  });
});

test('isUuid knows a UUID', () => {
  expect(isUuid(randomUuid())).toBe(true);
  expect(isUuid(randomUuid().toUpperCase())).toBe(true);
  for (const text of ['', derivedHex32('a'), `${randomUuid()} `, `{${randomUuid()}}`, randomUuid().slice(1)]) {
    expect(isUuid(text), text).toBe(false);
  }
});
