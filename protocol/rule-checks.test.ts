import ipaddr from 'ipaddr.js';
import { expect, test } from 'vitest';
import { refusedOptions } from './rule-checks.js';

const messages = (originRequest: unknown, service = 'socks-proxy'): string[] =>
  [...refusedOptions(originRequest, service, ipaddr.isValidCIDR)].map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );

test.each([
  [
    { access: { required: true, audTag: ['a'] } },
    'access: access.TeamName cannot be blank when access.audTags are present',
  ],
  [{ ipRules: [{ ports: [80] }] }, 'ipRules.0: unable to create ip rule for socks-proxy: no prefix provided'],
  [
    { ipRules: [{ prefix: '10.0.0.0/8' }, { prefix: '10.0.0.0/33' }] },
    'ipRules.1: unable to create ip rule for socks-proxy: unable to parse cidr: 10.0.0.0/33',
  ],
  [
    { ipRules: [{ prefix: 'fd00::/8', ports: [443, 0] }] },
    'ipRules.0: unable to create ip rule for socks-proxy: invalid port 0, needs to be between 1 and 65535',
  ],
])('%j is refused as by cloudflared', (originRequest, message) => {
  expect(messages(originRequest)).toEqual([message]);
});

test.each([
  [undefined],
  [{ access: { required: false, audTag: ['a'] } }],
  [{ access: { required: true } }],
  [{ ipRules: [{ prefix: '10.0.0.0/8', ports: [1, 65_535] }] }],
])('%j is not', (originRequest) => {
  expect(messages(originRequest)).toEqual([]);
});

test('ipRules count for the service socks-proxy only', () => {
  expect(messages({ ipRules: [{}] }, 'http://localhost')).toEqual([]);
});
