import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { covers, parseCidr, parseIp } from './ip-address.js';

function inside(cidr: string, ip: string): boolean {
  const network = parseCidr(cidr);
  const address = parseIp(ip);
  if (!network || !address) throw new Error(`cannot read ${cidr} or ${ip}`);
  return covers(network, address);
}

describe('parseIp', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1', 4],
    ['::ffff:192.0.2.1', '192.0.2.1', 4],
    ['2001:0DB8:0:0::1', '2001:db8::1', 6],
    ['::1', '::1', 6],
    ['fe80::1%eth0', 'fe80::1', 6],
  ] as const)('reads %s as %s', (text, normal, family) => {
    expect(parseIp(text)).toMatchObject({ text: normal, family });
  });

  test.each(['', '127.1', '256.0.0.1', '1.2.3.4.5', 'example.com', '0x7f.0.0.1', '192.0.2.1:80', '[::1]', ':::'])(
    'refuses %j',
    (text) => {
      expect(parseIp(text)).toBeUndefined();
    },
  );
});

describe('parseCidr', () => {
  test.each([
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/x',
    '10.0.0.0/ 8',
    '10.0.0.0/-1',
    '2001:db8::/129',
    'x/8',
    '10.0.0.0/8/8',
  ])('refuses %j', (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });

  test('drops the bits behind the prefix', () => {
    expect(parseCidr('10.1.2.3/8')).toEqual(parseCidr('10.0.0.0/8'));
    expect(parseCidr('2001:db8::1/32')).toEqual(parseCidr('2001:db8::/32'));
  });

  test('a single address is the CIDR that holds just it', () => {
    expect(parseCidr('10.0.0.1')).toEqual(parseCidr('10.0.0.1/32'));
    expect(parseCidr('::1')).toEqual(parseCidr('::1/128'));
  });

  test('an IPv4-mapped CIDR is the IPv4 one', () => {
    expect(parseCidr('::ffff:10.0.0.0/104')).toEqual(parseCidr('10.0.0.0/8'));
    expect(parseCidr('::ffff:10.0.0.0/8')).toBeUndefined();
  });
});

describe('covers', () => {
  test.each([
    ['10.128.0.0/16', '10.128.255.255', true],
    ['10.128.0.0/16', '10.129.0.0', false],
    ['10.128.0.0/9', '10.255.0.1', true],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '::1', true],
    ['2001:db8::/33', '2001:db8:7fff::', true],
    ['2001:db8::/33', '2001:db8:8000::', false],
    ['192.0.2.1/32', '192.0.2.1', true],
    ['192.0.2.0/24', '::ffff:192.0.2.77', true],
  ])('%s covers %s: %s', (cidr, ip, expected) => {
    expect(inside(cidr, ip)).toBe(expected);
  });

  test('an address is in each of its own prefixes, and in none that differs in a bit of it', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 1, max: 32 }), fc.nat(), (ip, bits, flip) => {
        expect(inside(`${ip}/${bits}`, ip)).toBe(true);
        const bytes = ip.split('.').map(Number);
        const bit = flip % bits;
        bytes[bit >>> 3] = (bytes[bit >>> 3] ?? 0) ^ (0x80 >>> (bit & 7));
        expect(inside(`${bytes.join('.')}/${bits}`, ip)).toBe(false);
      }),
    );
  });
});
