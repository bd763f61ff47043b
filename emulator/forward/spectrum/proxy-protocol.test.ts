import { describe, expect, test } from 'vitest';
import { type ProxiedConnection, proxyHeader } from './proxy-protocol.js';

/** The bytes are written out by hand from the specification (haproxy.org, proxy-protocol.txt). */
const between = (source: string, destination: string, ports = [56324, 443]): ProxiedConnection => ({
  source: { ip: source, port: ports[0] ?? 0 },
  destination: { ip: destination, port: ports[1] ?? 0 },
});

const V2 = '0d0a0d0a000d0a515549540a';

describe('version 1', () => {
  test.each([
    ['IPv4', between('192.168.0.1', '192.168.0.11'), 'PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n'],
    ['IPv6', between('2001:db8::1', '2001:db8:0:0::2'), 'PROXY TCP6 2001:db8::1 2001:db8::2 56324 443\r\n'],
    [
      'IPv4 inside IPv6',
      between('::ffff:192.0.2.1', '::ffff:192.0.2.2'),
      'PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n',
    ],
    ['one of each', between('192.0.2.1', '2001:db8::2'), 'PROXY TCP6 ::ffff:192.0.2.1 2001:db8::2 56324 443\r\n'],
    ['a zone', between('fe80::1%eth0', 'fe80::2%eth0'), 'PROXY TCP6 fe80::1 fe80::2 56324 443\r\n'],
    ['nobody known', between('', '192.0.2.2'), 'PROXY UNKNOWN\r\n'],
  ])('%s', (_name, connection, expected) => {
    expect(proxyHeader('v1', connection).toString('latin1')).toBe(expected);
  });

  test('has at most 107 bytes, whatever the addresses', () => {
    const longest = 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff';
    expect(proxyHeader('v1', between(longest, longest, [65535, 65535])).length).toBeLessThanOrEqual(107);
  });
});

describe('version 2', () => {
  test.each([
    ['IPv4', between('192.168.0.1', '192.168.0.11'), '2111000c c0a80001 c0a8000b dc04 01bb'],
    [
      'IPv6',
      between('2001:db8::1', '::1', [1, 65535]),
      '21210024 20010db8000000000000000000000001 00000000000000000000000000000001 0001 ffff',
    ],
    ['IPv4 inside IPv6', between('::ffff:192.0.2.1', '192.0.2.2'), '2111000c c0000201 c0000202 dc04 01bb'],
    [
      'one of each',
      between('255.255.255.255', '2001:db8::2'),
      '21210024 00000000000000000000ffffffffffff 20010db8000000000000000000000002 dc04 01bb',
    ],
    ['nobody known', between('somebody', '192.0.2.2'), '21000000'],
  ])('%s', (_name, connection, expected) => {
    expect(proxyHeader('v2', connection).toString('hex')).toBe(V2 + expected.replaceAll(' ', ''));
  });
});
