import { describe, expect, test } from 'vitest';
import { createRng } from '../../runtime/rng.js';
import type { WayMatch } from '../state/fault.types.js';
import { ACCOUNT, type OpeningParts, opening } from './faults.fixture.js';
import { wayMatcher } from './match.js';
import { type Indexed, openingIndex } from './opening-index.js';

interface Named extends Indexed {
  readonly name: string;
}

const of = (matches: readonly WayMatch[]): readonly Named[] =>
  matches.map((match, place) => ({ name: String(place), match, dataCenter: undefined }));

/** Some of each key, that fit the usual opening or do not. */
const PARTS: readonly WayMatch[] = [
  { connector: 'c1' },
  { connector: 'c2' },
  { endpoint: 'web-a' },
  { endpoint: 'web-b' },
  { tunnel: 'app' },
  { tunnel: 'app-id' },
  { tunnel: 'gateway' },
  { pool: 'web' },
  { pool: 'pool-id' },
  { pool: 'api' },
  { host: 'app.example.com' },
  { host: 'APP.example.com' },
  { host: '*.example.com' },
  { host: '*.com' },
  { host: '*.app.example.com' },
  { path: '/' },
  { path: '/orders' },
  { path: '/orders?page=2&more' },
  { path: '/admin' },
  { header: { 'x-customer': 'blue' } },
  { header: { 'X-Customer': 'red' } },
  { method: 'GET' },
  { method: 'POST' },
  { country: 'JP' },
  { country: 'DE' },
  { data_center: 'NRT' },
  { data_center: 'LHR' },
  {},
];

const SUBJECTS: readonly OpeningParts[] = [
  {},
  { connector: 'c1' },
  { path: { kind: 'public' } },
  { facts: null },
  { facts: { country: 'DE', method: 'POST' } },
  { facts: { host: 'a.b.example.com', path: '/' } },
  { facts: { headers: ['x-customer', 'blue', 'X-Customer', 'blue'] } },
];

describe('what an opening looks at', () => {
  test.each(SUBJECTS)('has all that match %j, in their order, each once', (parts) => {
    const rng = createRng(1);
    // Each part, and many of several.
    const matches = [...PARTS];
    for (let n = 0; n < 300; n++) {
      const [a, b] = [PARTS[rng.int(PARTS.length)], PARTS[rng.int(PARTS.length)]];
      matches.push({ ...a, ...b });
    }
    const values = of(matches);
    const subject = opening(parts);
    const found = openingIndex(values, ACCOUNT).find(subject);
    const expected = values.filter(({ match }) => wayMatcher(match, ACCOUNT)(subject)).map(({ name }) => name);
    expect(found.filter(({ match }) => wayMatcher(match, ACCOUNT)(subject)).map(({ name }) => name)).toEqual(expected);
    expect(new Set(found).size).toBe(found.length);
  });

  test('is nothing of a thousand others, whatever they are limited to', () => {
    const others = Array.from({ length: 1_000 }, (_, n): WayMatch => {
      const kinds: readonly WayMatch[] = [
        { connector: `c${n}x` },
        { endpoint: `e${n}` },
        { tunnel: `t${n}` },
        { pool: `p${n}` },
        { host: `h${n}.example.com` },
        { host: `*.h${n}.example.com` },
        { path: `/path/${n}` },
        { header: { 'x-customer': `c${n}` } },
        { method: 'PATCH', path: `/p/${n}` },
      ];
      return kinds[n % kinds.length] as WayMatch;
    });
    const index = openingIndex(of([...others, { endpoint: 'web-a' }]), ACCOUNT);
    expect(index.find(opening({ connector: 'c1' })).map(({ name }) => name)).toEqual(['1000']);
  });

  test('by the data center in which a connection ends, where that is what a fault is about', () => {
    const values = [{ name: 'a', match: { data_center: 'LHR' }, dataCenter: 'egress' as const }];
    const index = openingIndex(values, ACCOUNT);
    expect(index.find(opening({ connector: 'c1', dataCenter: 'LHR' }))).toEqual(values);
    expect(index.find(opening({ connector: 'c1', dataCenter: 'NRT' }))).toEqual([]);
    expect(index.find(opening({ path: { kind: 'public' } }))).toEqual([]);
  });
});
