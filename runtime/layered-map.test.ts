import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { copyOf, type EditableMap } from './layered-map.js';

/** Large enough for copies that share. */
const LARGE = 300;

function large(): Map<string, number> {
  return new Map(Array.from({ length: LARGE }, (_, index) => [`key ${index}`, index]));
}

describe('a copy of a large map', () => {
  const key = fc.integer({ min: 0, max: LARGE + 20 }).map((index) => `key ${index}`);
  const action = fc.oneof(
    { weight: 4, arbitrary: fc.record({ type: fc.constant('set' as const), key, value: fc.nat() }) },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('delete' as const), key }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('copy' as const) }) },
  );

  test('changes as a map does, in the same order, and what was copied stays as it was', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 120 }), (actions) => {
        let expected = large();
        let actual = copyOf(large());
        const earlier: (readonly [EditableMap<number>, Map<string, number>])[] = [];
        for (const each of actions) {
          if (each.type === 'copy') {
            earlier.push([actual, expected]);
            [actual, expected] = [copyOf(actual), new Map(expected)];
          } else if (each.type === 'set') {
            actual.set(each.key, each.value);
            expected.set(each.key, each.value);
          } else expect(actual.delete(each.key)).toBe(expected.delete(each.key));
        }
        for (const [map, oracle] of [...earlier, [actual, expected] as const]) expectSame(map, oracle);
      }),
      { numRuns: 60 },
    );
  });

  test('finds what it holds, and nothing else', () => {
    const copy = copyOf(large());
    copy.set('key 3', 33);
    copy.set('new', 1);
    copy.delete('key 4');
    expect([copy.get('key 3'), copy.get('new'), copy.get('key 4'), copy.get('key 5')]).toEqual([33, 1, undefined, 5]);
    expect([copy.has('key 3'), copy.has('new'), copy.has('key 4'), copy.has('none')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test('is copied whole once it has changed much', () => {
    let map = copyOf(large());
    for (let index = 0; index < 2 * LARGE; index++) {
      map = copyOf(map);
      map.set(`more ${index % 50}`, index);
    }
    expect(map.size).toBe(LARGE + 50);
    expect([...map.keys()].slice(0, 2)).toEqual(['key 0', 'key 1']);
  });
});

function expectSame(map: EditableMap<number>, oracle: Map<string, number>): void {
  expect([...map]).toEqual([...oracle]);
  expect([...map.keys()]).toEqual([...oracle.keys()]);
  expect([...map.values()]).toEqual([...oracle.values()]);
  expect(map.size).toBe(oracle.size);
  const visited: [string, number][] = [];
  map.forEach((value, key) => {
    visited.push([key, value]);
  });
  expect(visited).toEqual([...oracle]);
}
