import { expect, test } from 'vitest';
import { parseIp } from '../network/ip-address.js';
import { edgeAddresses, type InterfaceAddress } from './edge-addresses.js';

const INTERFACES: readonly InterfaceAddress[] = [
  { name: 'lo', cidr: '127.0.0.1/8', internal: true },
  { name: 'lo', cidr: '::1/128', internal: true },
  { name: 'eth0', cidr: '172.30.0.2/16', internal: false },
  { name: 'eth0', cidr: 'fd00::2/64', internal: false },
  { name: 'eth0', cidr: 'fe80::2/64', internal: false },
  { name: 'eth1', cidr: '172.31.0.2/16', internal: false },
  { name: 'eth2', cidr: null, internal: false },
];

function addresses(hosts: readonly string[], from: string, given: readonly string[] = []): readonly string[] {
  const asker = parseIp(from);
  if (!asker) throw new Error(`${from} is no address`);
  return edgeAddresses({ hosts, given, asker, interfaces: () => INTERFACES });
}

test('what listens on one address is reached there', () => {
  expect(addresses(['127.0.0.1', '127.0.0.2', '127.0.0.1'], '127.0.0.1')).toEqual(['127.0.0.1', '127.0.0.2']);
  expect(addresses(['localhost'], '172.30.0.5')).toEqual(['127.0.0.1']);
});

test('what listens on all addresses is reached at those of the network of whoever asks', () => {
  expect(addresses(['0.0.0.0'], '172.30.0.5')).toEqual(['172.30.0.2']);
  expect(addresses(['0.0.0.0'], '172.31.9.9')).toEqual(['172.31.0.2']);
  expect(addresses(['::'], '172.30.0.5')).toEqual(['172.30.0.2', 'fd00::2']);
  expect(addresses(['0.0.0.0'], '127.0.0.1')).toEqual(['127.0.0.1']);
  expect(addresses(['::'], '::1')).toEqual(['::1']);
});

test('who is in none of the networks gets all addresses', () => {
  expect(addresses(['0.0.0.0'], '10.9.9.9')).toEqual(['172.30.0.2', '172.31.0.2']);
});

test('what the configuration gives comes first', () => {
  expect(addresses(['0.0.0.0'], '172.30.0.5', ['192.168.1.10'])).toEqual(['192.168.1.10']);
});
