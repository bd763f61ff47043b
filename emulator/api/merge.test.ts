import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isObject, type Json, merged, withoutNulls } from './merge.js';

const leaf = fc.oneof(fc.integer(), fc.string({ maxLength: 3 }), fc.boolean(), fc.constant(null));
const key = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', 'toString');
const { object } = fc.letrec<{ object: Json; value: unknown }>((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, leaf, fc.array(tie('value'), { maxLength: 3 }), tie('object')),
  object: fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }) as fc.Arbitrary<Json>,
}));

describe('merging a PATCH', () => {
  test('{} changes nothing', () => {
    fc.assert(fc.property(object, (before) => void expect(merged(before, {})).toEqual(before)));
  });

  test('the same PATCH a second time changes nothing more', () => {
    fc.assert(
      fc.property(object, object, (before, patch) => {
        const once = merged(before, patch);
        expect(merged(once, patch)).toEqual(once);
      }),
    );
  });

  test('what is given is there, what is null is gone, and everything else is as it was', () => {
    fc.assert(
      fc.property(object, object, (before, patch) => {
        const after = new Map(Object.entries(merged(before, patch)));
        const given = new Map(Object.entries(patch));
        const old = new Map(Object.entries(before));
        for (const [name, value] of given) {
          if (value === null) expect(after.has(name)).toBe(false);
          else if (!isObject(value) || !isObject(old.get(name))) {
            expect(after.get(name)).toEqual(merged({}, { value }).value);
          }
        }
        for (const [name, value] of old) if (!given.has(name)) expect(after.get(name)).toBe(value);
      }),
    );
  });

  test('objects are merged field by field, lists and named maps replaced whole', () => {
    const before = {
      steering: { policy: 'hash', x: 1 },
      origins: [{ name: 'a', weight: 1 }],
      region_pools: { WNAM: ['p'] },
    };
    const patch = { steering: { x: null }, origins: [{ name: 'b', header: null }], region_pools: { ENAM: ['q'] } };
    expect(merged(before, patch, new Set(['region_pools']))).toEqual({
      steering: { policy: 'hash' },
      origins: [{ name: 'b' }],
      region_pools: { ENAM: ['q'] },
    });
  });

  test('neither of the two is changed, nor any object’s machinery', () => {
    fc.assert(
      fc.property(object, object, (before, patch) => {
        const copies = structuredClone([before, patch]);
        merged(before, patch);
        expect([before, patch]).toEqual(copies);
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
    );
  });
});

describe('leaving nulls out', () => {
  test('leaves none, at any depth', () => {
    const nulls = (value: unknown): boolean =>
      isObject(value) ? Object.values(value).some((each) => each === null || nulls(each)) : false;
    fc.assert(fc.property(object, (body) => void expect(nulls(withoutNulls(body))).toBe(false)));
  });

  test('leaves out empty texts at the fields that are named, and only there', () => {
    expect(withoutNulls({ path: '', name: '', at: [{ path: '' }], no: null }, new Set(['path']))).toEqual({
      name: '',
      at: [{ path: '' }],
    });
  });
});
