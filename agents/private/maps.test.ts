import { describe, expect, test } from 'vitest';
import { AddressMaps, hostAndPort } from './maps.js';

describe('--map', () => {
  test.each([
    ['10.0.0.0/24=127.0.0.0/24', '10.0.0.77', '127.0.0.77'],
    ['10.0.0.0/8=127.0.0.0/8', '10.1.2.3', '127.1.2.3'],
    ['10.0.0.0/12=172.16.0.0/12', '10.15.2.3', '172.31.2.3'],
    ['10.0.0.1/32=127.0.0.1/32', '10.0.0.1', '127.0.0.1'],
    ['fd00::/64=fd01:2:3:4::/64', 'fd00::5:6', 'fd01:2:3:4::5:6'],
    ['::ffff:10.0.0.0/104=127.0.0.0/8', '10.1.2.3', '127.1.2.3'],
    ['[::ffff:10.0.0.1]:80=127.0.0.1:80', '10.0.0.1', '127.0.0.1'],
  ])('%s keeps the host bits of %s: %s', (map, from, to) => {
    expect(new AddressMaps([map]).lookup(from, 80)).toEqual({ host: to, port: 80 });
  });

  test('an exact address wins over networks, the longer prefix over the shorter', () => {
    const maps = new AddressMaps(['10.0.0.0/8=127.0.0.0/8', '10.1.0.0/16=127.99.0.0/16', '10.1.0.1:80=web.test:3000']);
    expect(maps.lookup('10.1.0.1', 80)).toEqual({ host: 'web.test', port: 3000 });
    expect(maps.lookup('10.1.0.1', 81)).toEqual({ host: '127.99.0.1', port: 81 });
    expect(maps.lookup('10.2.0.1', 80)).toEqual({ host: '127.2.0.1', port: 80 });
    expect(maps.lookup('192.0.2.1', 80)).toBeUndefined();
  });

  test.each([
    ['10.0.0.1', 'there is no "="'],
    ['10.0.0.0/24=127.0.0.0/16', 'the prefix lengths /24 and /16 differ'],
    ['10.0.0.0/24=127.0.0.1:80', '"127.0.0.1:80" is not a CIDR'],
    ['10.0.0.0/33=127.0.0.0/33', '"10.0.0.0/33" is not a CIDR'],
    ['10.0.0.0/64=fd00::/64', '"10.0.0.0/64" is not a CIDR'],
    ['10.0.0.0/24=fd00::/24', 'one side is IPv4 and the other IPv6'],
    ['fe80::%eth0/64=fd00::/64', '"fe80::%eth0/64" is not a CIDR'],
    ['[fe80::1%eth0]:80=127.0.0.1:80', '"[fe80::1%eth0]:80" is not IP:PORT'],
    ['web:80=127.0.0.1:80', '"web:80" is not IP:PORT'],
    ['10.0.0.1:80=127.0.0.1', '"127.0.0.1" is not HOST:PORT'],
    ['10.0.0.1:80=127.0.0.1:70000', '"127.0.0.1:70000" is not HOST:PORT'],
  ])('%s is refused: %s', (map, why) => {
    expect(() => new AddressMaps([map])).toThrow(why);
  });

  test.each([
    ['10.0.0.1:80=a:1', '10.0.0.1:80=b:1', 'address'],
    ['10.0.0.1:80=a:1', '[::ffff:10.0.0.1]:80=b:1', 'address'],
    ['10.0.0.0/24=127.0.0.0/24', '10.0.0.0/24=127.0.1.0/24', 'network'],
    ['10.0.0.0/24=127.0.0.0/24', '10.0.0.9/24=127.0.0.0/24', 'network'],
    ['10.0.0.0/8=127.0.0.0/8', '::ffff:10.0.0.0/104=127.0.0.0/8', 'network'],
  ])('%s and %s map the same %s: refused, and both are named', (first, second, what) => {
    expect(() => new AddressMaps([first, second])).toThrow(
      `--map ${second} cannot be used: --map ${first} maps the same ${what} already`,
    );
  });

  test('IPv6 stands in brackets', () => {
    expect(hostAndPort('[::1]:80')).toEqual({ host: '::1', port: 80 });
    expect(hostAndPort('::1:80')).toBeUndefined();
    expect(new AddressMaps(['[fd00::1]:80=[::1]:3000']).lookup('fd00::1', 80)).toEqual({ host: '::1', port: 3000 });
  });
});
