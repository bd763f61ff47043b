import { describe, expect, test } from 'vitest';
import { answerDiscovery, type EdgeListener } from './discovery.js';

const hosts = (listeners: readonly EdgeListener[]): string[] => listeners.map(({ host }) => host);

function ask(name: string, type: string, listeners: readonly EdgeListener[], addresses = hosts) {
  return answerDiscovery({ name, type }, listeners, addresses);
}

function at(host: string, port: number, dataCenter?: string): EdgeListener {
  return { host, port, ...(dataCenter === undefined ? {} : { dataCenter }) };
}

/** What cloudflared dials: each address of its two regions, at the port of the region. */
function dialled(listeners: readonly EdgeListener[], addresses = hosts): string[] {
  const services = ask('_v2-origintunneld._tcp.argotunnel.com', 'SRV', listeners, addresses)?.records ?? [];
  expect(services).toHaveLength(2);
  return services.flatMap((service) => {
    if (service.type !== 'SRV') throw new Error(service.type);
    const { target, port } = service.data;
    const records = ask(target, 'A', listeners, addresses)?.records ?? [];
    return records.map(({ data }) => `${data}:${port}`);
  });
}

describe('the places to dial are four', () => {
  test('at one address, by the ports of two data centers', () => {
    const listeners = ['NRT', 'NRT', 'KIX', 'KIX'].map((code, index) => at('10.0.0.2', 7844 + index, code));
    expect(dialled(listeners, () => ['10.0.0.2'])).toEqual([
      '10.0.0.2:7844',
      '10.0.0.2:7844',
      '10.0.0.2:7846',
      '10.0.0.2:7846',
    ]);
  });

  test('at one address and one port', () => {
    expect(dialled([at('127.0.0.1', 7844)])).toEqual(Array(4).fill('127.0.0.1:7844'));
  });

  test('at two addresses of two ports, each once', () => {
    const listeners = [7844, 7845].flatMap((port) => ['127.0.0.1', '127.0.0.2'].map((host) => at(host, port)));
    expect(dialled(listeners)).toEqual(['127.0.0.1:7844', '127.0.0.2:7844', '127.0.0.1:7845', '127.0.0.2:7845']);
  });
});

test('families are told apart: cloudflared takes one of them', () => {
  const both = () => ['10.0.0.2', 'fd00::2'];
  const ofType = (type: string) =>
    ask('region1.v2.argotunnel.com', type, [at('::', 7844)], both)?.records.map(({ data }) => data);
  expect(ofType('A')).toEqual(['10.0.0.2', '10.0.0.2']);
  expect(ofType('AAAA')).toEqual(['fd00::2', 'fd00::2']);
  expect(ofType('MX')).toEqual([]);
});

test('--region has names of its own, which lead to the same', () => {
  const services = ask('_us-v2-origintunneld._tcp.argotunnel.com', 'SRV', [at('127.0.0.1', 7844)])?.records;
  expect(services?.map(({ data }) => data)).toEqual([
    { priority: 1, port: 7844, target: 'us-region1.v2.argotunnel.com' },
    { priority: 2, port: 7844, target: 'us-region2.v2.argotunnel.com' },
  ]);
  expect(ask('us-region2.v2.argotunnel.com', 'A', [at('127.0.0.1', 7844)])?.records).toHaveLength(2);
});

test('other names of the domain do not exist, none does without a listener, and other domains are not ours', () => {
  const listeners = [at('127.0.0.1', 7844)];
  for (const name of ['argotunnel.com', 'update.argotunnel.com', 'region3.v2.argotunnel.com'])
    expect(ask(name, 'A', listeners)?.rcode).toBe('NXDOMAIN');
  expect(ask('_v2-origintunneld._tcp.argotunnel.com', 'SRV', [])?.rcode).toBe('NXDOMAIN');
  for (const name of ['notargotunnel.com', 'com', 'argotunnel.com.test'])
    expect(ask(name, 'A', listeners)).toBeUndefined();
});
