import { describe, expect, test } from 'vitest';
import type { ClientRule } from '../state/objects.js';
import type { Vantage } from './geo.types.js';
import { createGeography } from './geography.js';
import { createVantageResolver, VANTAGE_HEADERS, type VantageResult } from './vantage.js';

const CONFIGURED = ['NRT', 'KIX', 'FRA', 'IAD'];

function setUp(options: { clients?: ClientRule[]; enabled?: boolean; down?: Set<string> } = {}) {
  const down = options.down ?? new Set<string>();
  const geography = createGeography(CONFIGURED, (code) => !down.has(code));
  return createVantageResolver({ geography, clients: options.clients ?? [], enabled: options.enabled ?? true });
}

function vantage(result: VantageResult): Vantage {
  if (!result.ok) throw result.error;
  return result.vantage;
}

function problem(result: VantageResult): { status: number | undefined; text: string } {
  if (result.ok) throw new Error('expected a refusal');
  return { status: result.error.status, text: `${result.error.message}: ${result.error.fix}` };
}

describe('without vantage headers', () => {
  test('a request enters at the default data center', () => {
    const { dataCenter, country, asn, clientIp, clientPort, reasons } = vantage(
      setUp().resolve(['Host', 'app.example.com', 'Cookie', 'a=b'], '127.0.0.1', 50_000),
    );
    expect(dataCenter.code).toBe('NRT');
    expect({ country, asn, clientIp, clientPort }).toEqual({ clientIp: '127.0.0.1', clientPort: 50_000 });
    expect(reasons).toEqual([expect.stringContaining('NRT is the default')]);
  });

  test('the first clients rule that covers the address decides', () => {
    const resolver = setUp({
      clients: [
        { network: '192.0.2.128/25', data_center: 'FRA', country: 'de', asn: 64_500 },
        { network: '192.0.2.0/24', data_center: 'IAD' },
        { network: '2001:db8::/32', country: 'JP' },
      ],
    });
    const at = (address: string): Vantage => vantage(resolver.resolve([], address, 1));
    expect(at('192.0.2.200')).toMatchObject({ dataCenter: { code: 'FRA' }, country: 'DE', asn: 64_500 });
    expect(at('192.0.2.1').dataCenter.code).toBe('IAD');
    expect(at('192.0.2.1')).not.toHaveProperty('country');
    expect(at('2001:db8::1')).toMatchObject({ dataCenter: { code: 'NRT' }, country: 'JP' });
    expect(at('198.51.100.1').dataCenter.code).toBe('NRT');
  });

  test('an IPv4-mapped address is the IPv4 one', () => {
    const resolver = setUp({ clients: [{ network: '192.0.2.0/24', data_center: 'FRA' }] });
    expect(vantage(resolver.resolve([], '::ffff:192.0.2.1', 1))).toMatchObject({
      dataCenter: { code: 'FRA' },
      clientIp: '192.0.2.1',
    });
  });

  test('a client is remembered by address, not by port, and shares its reasons', () => {
    const resolver = setUp();
    const first = vantage(resolver.resolve([], '127.0.0.1', 1));
    const second = vantage(resolver.resolve([], '127.0.0.1', 2));
    expect(second.clientPort).toBe(2);
    expect(second.reasons).toBe(first.reasons);
    expect(Object.isFrozen(first.reasons)).toBe(true);
  });

  test('answers stay right when more clients come than are remembered', () => {
    const resolver = setUp({ clients: [{ network: '10.1.0.0/16', data_center: 'FRA' }] });
    for (let i = 0; i < 10_000; i++) {
      const address = `10.${i % 2}.${(i >>> 8) & 255}.${i & 255}`;
      const { dataCenter, clientIp } = vantage(resolver.resolve([], address, 1));
      expect([dataCenter.code, clientIp]).toEqual([i % 2 === 1 ? 'FRA' : 'NRT', address]);
    }
  });
});

describe('Colocal-Colo', () => {
  test.each(['KIX', 'kix', ' KIX '])('%j names the data center', (code) => {
    const { dataCenter, reasons } = vantage(setUp().resolve(['COLOCAL-Colo', code], '127.0.0.1', 1));
    expect(dataCenter.code).toBe('KIX');
    expect(reasons).toEqual(['Colocal-Colo names KIX']);
  });

  test.each([
    ['NTR', 'NRT (Tokyo)'],
    ['KIY', 'KIX (Osaka)'],
    ['Tokyo', 'NRT (Tokyo)'],
    ['LON', 'did you mean LHR (London)'],
    ['NYC', 'did you mean EWR (Newark)'],
    ['ZZZZ', 'IATA code'],
  ])('the unknown code %j is a 400 that suggests %j', (code, expected) => {
    const { status, text } = problem(setUp().resolve(['colocal-colo', code], '127.0.0.1', 1));
    expect(status).toBe(400);
    expect(text).toContain(code);
    expect(text).toContain(expected);
  });

  test('sent twice it is refused rather than half obeyed', () => {
    const result = setUp().resolve(['colocal-colo', 'NRT', 'Colocal-Colo', 'KIX'], '127.0.0.1', 1);
    expect(problem(result).text).toContain('NRT, KIX');
  });

  test('a data center that is not configured means the nearest one that runs, with a reason', () => {
    const { dataCenter, reasons } = vantage(setUp().resolve(['colocal-colo', 'LHR'], '127.0.0.1', 1));
    expect(dataCenter.code).toBe('FRA');
    expect(reasons).toEqual(['Colocal-Colo names LHR', 'LHR is not configured: FRA is the nearest that runs']);
  });

  test('a data center that goes down means the nearest one that runs, from the next request on and until it is back', () => {
    const down = new Set<string>();
    const resolver = setUp({ down });
    const entry = (): Vantage => vantage(resolver.resolve([], '127.0.0.1', 1));
    expect(entry().dataCenter.code).toBe('NRT');
    down.add('NRT');
    expect(entry().dataCenter.code).toBe('KIX');
    expect(entry().reasons.at(-1)).toBe('NRT is down: KIX is the nearest that runs');
    down.delete('NRT');
    expect(entry().dataCenter.code).toBe('NRT');
  });

  test('with every data center down the answer is a 503', () => {
    const { status, text } = problem(setUp({ down: new Set(CONFIGURED) }).resolve([], '127.0.0.1', 1));
    expect(status).toBe(503);
    expect(text).toContain('NRT');
  });
});

describe('Colocal-Country and Colocal-Client-IP', () => {
  const clients = [{ network: '203.0.113.0/24', data_center: 'IAD', country: 'US', asn: 64_501 }];

  test('the client’s address is matched against clients', () => {
    const { dataCenter, ...rest } = vantage(
      setUp({ clients }).resolve(['Colocal-Client-IP', '203.0.113.7'], '127.0.0.1', 9),
    );
    expect(dataCenter.code).toBe('IAD');
    expect(rest).toMatchObject({ clientIp: '203.0.113.7', clientPort: 9, country: 'US', asn: 64_501 });
  });

  test('headers beat the clients rule, which still gives what they leave open', () => {
    const headers = ['Colocal-Client-IP', '203.0.113.7', 'Colocal-Country', 'jp', 'Colocal-Colo', 'NRT'];
    const result = vantage(setUp({ clients }).resolve(headers, '127.0.0.1', 1));
    expect(result).toMatchObject({ dataCenter: { code: 'NRT' }, country: 'JP', asn: 64_501, clientIp: '203.0.113.7' });
  });

  test('an address is written in its short form', () => {
    const result = vantage(setUp().resolve(['colocal-client-ip', '2001:DB8:0::7'], '::1', 1));
    expect(result.clientIp).toBe('2001:db8::7');
  });

  test.each(['', 'localhost', '203.0.113.7:80', '203.0.113.7, 203.0.113.8', '[::1]'])(
    'the address %j is a 400',
    (value) => {
      expect(problem(setUp().resolve(['Colocal-Client-IP', value], '127.0.0.1', 1)).status).toBe(400);
    },
  );

  test.each(['', 'Japan', 'ZZ', 'J'])('the country %j is a 400', (value) => {
    expect(problem(setUp().resolve(['Colocal-Country', value], '127.0.0.1', 1)).status).toBe(400);
  });

  test('the country UK is a 400 that says GB', () => {
    expect(problem(setUp().resolve(['Colocal-Country', 'UK'], '127.0.0.1', 1)).text).toContain('GB');
  });

  test('the country may be unknown or Tor, as Cloudflare says it', () => {
    expect(vantage(setUp().resolve(['Colocal-Country', 'T1'], '127.0.0.1', 1)).country).toBe('T1');
    expect(vantage(setUp().resolve(['Colocal-Country', 'xx'], '127.0.0.1', 1)).country).toBe('XX');
  });
});

test('with vantage off the headers say nothing, not even wrong things', () => {
  const headers = ['Colocal-Colo', 'nowhere', 'Colocal-Country', 'nowhere', 'Colocal-Client-IP', 'nowhere'];
  const result = vantage(setUp({ enabled: false }).resolve(headers, '127.0.0.1', 1));
  expect(result).toMatchObject({ dataCenter: { code: 'NRT' }, clientIp: '127.0.0.1' });
  expect(result).not.toHaveProperty('country');
});

test('the headers to strip are the headers that are read', () => {
  expect([...VANTAGE_HEADERS].sort()).toEqual(['colocal-client-ip', 'colocal-colo', 'colocal-country']);
});
