import { describe, expect, test } from 'vitest';
import { canonicalIp, Networks } from './networks.js';

describe('the networks a connector dials', () => {
  test.each<[string, string[], boolean]>([
    ['10.1.2.3', ['10.0.0.0/8'], true],
    ['11.1.2.3', ['10.0.0.0/8'], false],
    ['10.1.2.3', [], false],
    ['10.0.0.1', ['192.0.2.0/24', '10.0.0.1/32'], true],
    ['fd00::1', ['fd00::/8'], true],
    ['fd00::1', ['10.0.0.0/8'], false],
    ['10.0.0.1', ['::/0'], false],
    ['10.0.0.1', ['::ffff:10.0.0.0/104'], true],
    ['11.0.0.1', ['::ffff:10.0.0.0/104'], false],
  ])('%s under %j: %s', (ip, networks, allowed) => {
    expect(new Networks(networks).allows(ip)).toBe(allowed);
  });

  test.each(['127.0.0.1', '169.254.169.254', '0.0.0.0', '::1', '::', 'fe80::1'])(
    'a route to everything does not open %s, one that names it does',
    (ip) => {
      expect(new Networks(['0.0.0.0/0', '::/0']).allows(ip)).toBe(false);
      expect(new Networks([`${ip}/${ip.includes(':') ? 128 : 32}`]).allows(ip)).toBe(true);
    },
  );

  test('an IPv4 address inside IPv6 is the IPv4 address', () => {
    expect(canonicalIp('::ffff:127.0.0.1')).toBe('127.0.0.1');
    expect(canonicalIp('fd00:0::1')).toBe('fd00::1');
    expect(canonicalIp('example.com')).toBeUndefined();
    expect(canonicalIp('fe80::1%eth0')).toBeUndefined();
  });
});
