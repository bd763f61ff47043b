import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { covers, type Network, parseAddress, parseNetwork } from './addresses.js';

describe('an address', () => {
  test.each([
    ['10.0.0.1', 'ip', '10.0.0.1'],
    ['::ffff:10.0.0.1', 'ip', '10.0.0.1'],
    ['2001:DB8:0:0::1', 'ip', '2001:db8::1'],
    ['WWW.Example.org', 'hostname', 'www.example.org'],
    ['localhost', 'hostname', 'localhost'],
    [
      '11111111-1111-4111-8111-111111111111.cfargotunnel.com',
      'tunnel',
      '11111111-1111-4111-8111-111111111111.cfargotunnel.com',
    ],
  ])('%s is a %s', (text, kind, key) => {
    expect(parseAddress(text)).toMatchObject({ kind, key });
  });

  test.each([
    '',
    '127.1',
    '0x7f000001',
    '1.2.3.4.5',
    '10.0.0.1:80',
    'http://a',
    'fe80::1%eth0',
    'a b',
    '-a',
    'a..b',
    'a'.repeat(64),
  ])('%j is none', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });
});

describe('a network', () => {
  test.each([
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['10.1.2.3', '10.1.2.3/32'],
    ['2001:DB8:0::/48', '2001:db8::/48'],
    ['::1', '::1/128'],
  ])('%s is kept as %s', (text, shortest) => {
    expect(parseNetwork(text)).toMatchObject({ text: shortest });
  });

  test.each([
    '',
    '10/8',
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.5/24',
    'fd00::1/64',
  ])('%j is none', (text) => {
    expect(parseNetwork(text)).toHaveProperty('problem');
  });

  test.each([
    ['10.0.0.0/33', 'has a prefix length of 33, and IPv4 has lengths of 0 to 32: "10.0.0.0/33"; write 10.0.0.0/32'],
    ['fd00::/129', 'has a prefix length of 129, and IPv6 has lengths of 0 to 128: "fd00::/129"; write fd00::/128'],
  ])('%j is too long a prefix, and what to write is said', (text, problem) => {
    expect(parseNetwork(text)).toEqual({ problem: expect.stringContaining(problem) });
  });

  test('covers exactly the addresses that share its prefix', () => {
    const byte = fc.integer({ min: 0, max: 255 });
    const ip = fc.tuple(byte, byte, byte, byte);
    const word = ([a, b, c, d]: readonly number[]) => (((a ?? 0) * 256 + (b ?? 0)) * 256 + (c ?? 0)) * 256 + (d ?? 0);
    fc.assert(
      fc.property(ip, ip, fc.integer({ min: 0, max: 32 }), (network, address, bits) => {
        const size = 2 ** (32 - bits);
        const first = Math.floor(word(network) / size) * size;
        const text = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.');
        const expected = Math.floor(word(address) / size) * size === first;
        expect(covers(net(`${text}/${bits}`), net(address.join('.')))).toBe(expected);
      }),
    );
  });

  test('covers networks inside it, and nothing of the other family', () => {
    expect(covers(net('10.0.0.0/8'), net('10.1.0.0/16'))).toBe(true);
    expect(covers(net('10.1.0.0/16'), net('10.0.0.0/8'))).toBe(false);
    expect(covers(net('0.0.0.0/0'), net('::1'))).toBe(false);
  });
});

function net(text: string): Network {
  const network = parseNetwork(text);
  if ('problem' in network) throw new Error(network.problem);
  return network;
}

test('a network of IPv4 inside IPv6 is that of IPv4, and a zone is none', () => {
  expect(parseNetwork('::ffff:100.96.0.0/108')).toMatchObject({ text: '100.96.0.0/12', bits: 12 });
  expect(parseNetwork('::ffff:10.0.0.1')).toMatchObject({ text: '10.0.0.1/32' });
  expect(parseNetwork('::/0')).toMatchObject({ text: '::/0', bits: 0 });
  expect(parseNetwork('fe80::%eth0/64')).toHaveProperty('problem');
});
