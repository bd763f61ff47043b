import { describe, expect, test } from 'vitest';
import type { Monitor, Origin } from '../../state/objects.js';
import { firstTarget, type HttpTarget, headOf, locationOf, redirected } from './http-target.js';
import type { ProbeSubject } from './probe.types.js';

const MONITOR: Monitor = {
  id: 'm',
  managed_by: 'file',
  created_on: 0,
  modified_on: 0,
  type: 'http',
  description: '',
  method: 'GET',
  path: '/health?deep=1',
  port: 0,
  header: {},
  expected_codes: '2xx',
  expected_body: '',
  follow_redirects: false,
  allow_insecure: false,
  interval: 60,
  timeout: 5,
  retries: 2,
  consecutive_up: 0,
  consecutive_down: 0,
  probe_zone: '',
};
const ORIGIN: Origin = {
  name: 'a',
  address: '203.0.113.9',
  enabled: true,
  weight: 1,
  port: 0,
  flatten_cname: true,
};

function subject(origin: Partial<Origin>, monitor: Partial<Monitor>): ProbeSubject {
  return {
    pool: { id: '0123456789abcdef0123456789abcdef', name: 'p' },
    origin: { ...ORIGIN, ...origin },
    monitor: { ...MONITOR, ...monitor },
    from: { code: 'NRT', city: 'Tokyo', country: 'JP', region: 'NEAS', latitude: 35.8, longitude: 140.4 },
  };
}

describe('the Host of a probe', () => {
  const header = { host: ['monitor.example.com'] };

  test.each([
    ['the endpoint’s', { header: { Host: ['endpoint.example.com'] } }, { header }, 'endpoint.example.com'],
    ['else the monitor’s', {}, { header }, 'monitor.example.com'],
    ['else the address', { address: 'origin.example.net' }, {}, 'origin.example.net'],
    ['which may be of IPv6', { address: '2001:db8::9' }, {}, '[2001:db8::9]'],
  ] as const)('is %s', (_what, origin, monitor, expected) => {
    expect(firstTarget(subject(origin, monitor)).authority).toBe(expected);
  });

  test('names the server for TLS when one is set, and only then', () => {
    const serverName = (origin: Partial<Origin>, monitor: Partial<Monitor>) =>
      firstTarget(subject(origin, { type: 'https', ...monitor })).serverName;
    expect(serverName({}, { header: { Host: ['app.example.com:8443'] } })).toBe('app.example.com');
    expect(serverName({}, { header: { Host: ['203.0.113.9'] } })).toBe('');
    expect(serverName({ address: 'origin.example.net' }, {})).toBe('');
  });
});

test('the port is the monitor’s, else the endpoint’s, else the protocol’s', () => {
  expect(firstTarget(subject({ port: 8080 }, { port: 9090 })).port).toBe(9090);
  expect(firstTarget(subject({ port: 8080 }, {})).port).toBe(8080);
  expect(firstTarget(subject({}, {})).port).toBe(0);
});

test('the request says who asks, from where, and for which pool', () => {
  const asked = subject({}, { header: { Host: ['a.example.com'], 'X-Check': ['1', '2'] } });
  expect(headOf(firstTarget(asked), asked, '0011223344556677-NRT')).toEqual({
    method: 'GET',
    path: '/health?deep=1',
    scheme: 'http',
    authority: 'a.example.com',
    headers: [
      'User-Agent',
      'Mozilla/5.0 (compatible; Cloudflare-Traffic-Manager/1.0; +https://www.cloudflare.com/traffic-manager/; pool-id: 0123456789abcdef)',
      ...['CF-Ray', '0011223344556677-NRT'],
      ...['X-Check', '1', 'X-Check', '2'],
    ],
  });
});

describe('a redirect', () => {
  const from: HttpTarget = {
    secure: false,
    port: 8080,
    authority: 'app.example.com',
    serverName: 'app.example.com',
    path: '/a/b',
  };

  test.each([
    ['/c?d=1', { ...from, path: '/c?d=1' }],
    ['c', { ...from, path: '/a/c' }],
    ['//www.example.com/', { ...from, authority: 'www.example.com', serverName: 'www.example.com', path: '/' }],
    // What the endpoint calls its port to the world is not where it listens.
    ['http://app.example.com/c', { ...from, path: '/c' }],
    ['https://app.example.com/c', { ...from, secure: true, port: 0, path: '/c' }],
    [
      'https://app.example.com:8443/c',
      { ...from, secure: true, port: 8443, authority: 'app.example.com:8443', path: '/c' },
    ],
  ])('to %s stays at the endpoint', (location, expected) => {
    expect(redirected(from, location)).toEqual(expected);
  });

  test.each(['ftp://example.com/', 'http://[/', 'javascript:1'])('to %s leads nowhere', (location) => {
    expect(redirected(from, location)).toBeUndefined();
  });

  test('is an answer of one of five codes with a location', () => {
    for (const status of [301, 302, 303, 307, 308]) expect(locationOf(status, ['location', '/a'])).toBe('/a');
    for (const status of [200, 300, 304, 305]) expect(locationOf(status, ['Location', '/a'])).toBeUndefined();
    expect(locationOf(302, ['Content-Length', '0'])).toBeUndefined();
  });
});
