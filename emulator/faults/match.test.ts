import { describe, expect, test } from 'vitest';
import type { LinkMatch, WayMatch } from '../state/fault.types.js';
import { ACCOUNT, type OpeningParts, opening } from './faults.fixture.js';
import { linkMatcher, wayMatcher } from './match.js';

const fits = (match: WayMatch, parts?: OpeningParts): boolean => wayMatcher(match, ACCOUNT)(opening(parts));

describe('a fault of origins', () => {
  test('without match fits everything, also what the edge does by itself', () => {
    expect(fits({})).toBe(true);
    expect(fits({}, { facts: null })).toBe(true);
  });

  test.each<[string, WayMatch, OpeningParts, boolean]>([
    ['pool by name', { pool: 'web' }, {}, true],
    ['pool by id', { pool: 'pool-id' }, {}, true],
    ['another pool', { pool: 'other' }, {}, false],
    ['endpoint', { endpoint: 'web-a' }, {}, true],
    ['another endpoint', { endpoint: 'web-b' }, {}, false],
    ['tunnel by name', { tunnel: 'app' }, {}, true],
    ['tunnel by id', { tunnel: 'app-id' }, {}, true],
    ['another tunnel', { tunnel: 'gateway' }, {}, false],
    ['tunnel, on a public path', { tunnel: 'app' }, { path: { kind: 'public' } }, false],
    ['connector', { connector: 'c1' }, { connector: 'c1' }, true],
    ['another connector', { connector: 'c1' }, { connector: 'c2' }, false],
    ['connector, where none is', { connector: 'c1' }, {}, false],
    ['data center', { data_center: 'NRT' }, {}, true],
    ['another data center', { data_center: 'LHR' }, {}, false],
    ['host', { host: 'APP.example.com' }, {}, true],
    ['another host', { host: 'example.com' }, {}, false],
    ['wildcard', { host: '*.example.com' }, {}, true],
    ['wildcard does not cover its own domain', { host: '*.app.example.com' }, {}, false],
    ['beginning of the path', { path: '/ord' }, {}, true],
    ['beginning of the path with query', { path: '/orders?page=' }, {}, true],
    ['another path', { path: '/admin' }, {}, false],
    ['method', { method: 'GET' }, {}, true],
    ['another method', { method: 'POST' }, {}, false],
    ['header, in any case', { header: { 'x-customer': 'blue' } }, {}, true],
    ['another value of the header', { header: { 'x-customer': 'red' } }, {}, false],
    ['one of two headers', { header: { 'x-customer': 'blue', 'x-other': '1' } }, {}, false],
    ['country', { country: 'DE' }, { facts: { country: 'DE' } }, true],
    ['another country', { country: 'DE' }, { facts: { country: 'FR' } }, false],
    ['country of the data center where nothing else is said', { country: 'JP' }, {}, true],
    ['everything at once', { pool: 'web', endpoint: 'web-a', method: 'GET', path: '/', country: 'JP' }, {}, true],
    ['everything but one', { pool: 'web', endpoint: 'web-a', method: 'PUT', path: '/' }, {}, false],
  ])('by %s', (_what, match, parts, expected) => {
    expect(fits(match, parts)).toBe(expected);
  });

  test.each<WayMatch>([
    { host: '*.example.com' },
    { path: '/' },
    { method: 'GET' },
    { header: { 'x-customer': 'blue' } },
    { country: 'JP' },
  ])('that is about clients, %j, does not fit a probe', (match) => {
    expect(fits({ ...match, pool: 'web' })).toBe(true);
    expect(fits({ ...match, pool: 'web' }, { facts: null })).toBe(false);
  });
});

test.each<[LinkMatch, boolean]>([
  [{}, true],
  [{ tunnel: 'app' }, true],
  [{ tunnel: 'gateway' }, false],
  [{ connector: 'c1' }, true],
  [{ connector: 'c2' }, false],
  [{ data_center: 'KIX' }, true],
  [{ data_center: 'NRT' }, false],
  [{ tunnel: 'app', connector: 'c1', data_center: 'NRT' }, false],
])('a fault of connections by %j fits: %s', (match, expected) => {
  const link = { tunnelId: 'app-id', connectorId: 'c1', index: 0, dataCenter: 'KIX' };
  expect(linkMatcher(match, ACCOUNT)(link)).toBe(expected);
});
