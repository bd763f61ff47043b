import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAbsoluteTarget } from './absolute-target.js';

test.each([
  ['http://a.test/b?c', { scheme: 'http', authority: 'a.test', path: '/b?c' }],
  ['HTTPS://A.test:8443/b', { scheme: 'https', authority: 'A.test:8443', path: '/b' }],
  ['http://a.test', { scheme: 'http', authority: 'a.test', path: '/' }],
  ['http://a.test?b', { scheme: 'http', authority: 'a.test', path: '/?b' }],
  ['http:///b', { scheme: 'http', authority: '', path: '/b' }],
])('%s', (target, expected) => {
  expect(parseAbsoluteTarget(target)).toEqual(expected);
});

test.each(['/a', '*', 'a.test:443', 'ftp://a.test/', 'http:/a.test', ' http://a.test/', 'http'])(
  '%j is none',
  (target) => {
    expect(parseAbsoluteTarget(target)).toBeUndefined();
  },
);

test('nothing is lost and nothing is added but a slash', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('http', 'https'),
      fc.domain(),
      fc.webPath(),
      fc.webQueryParameters(),
      (scheme, host, path, query) => {
        const rest = `${path}?${query}`;
        expect(parseAbsoluteTarget(`${scheme}://${host}${rest}`)).toEqual({
          scheme,
          authority: host,
          path: rest.startsWith('/') ? rest : `/${rest}`,
        });
      },
    ),
  );
});
