import { describe, expect, test } from 'vitest';
import type { ConfigInput } from '../../emulator/index.js';
import { useEmulator } from '../support/emulator.js';
import { parseRoute } from '../support/route.js';

describe('a name', () => {
  const pages: readonly [string, ConfigInput, { status: number; type: string | null; text: RegExp; dns?: string }][] = [
    [
      'that nothing here has',
      withPool({ name: 'a', address: '127.0.0.1' }, 'other.example.com'),
      {
        status: 409,
        type: '1001',
        text: /no load balancer, DNS record or tunnel/i,
      },
    ],
    [
      'of a DNS-only load balancer',
      withLoadBalancer({ proxied: false }),
      {
        status: 404,
        type: null,
        text: /"proxied: true"/,
      },
    ],
    [
      'of a disabled load balancer',
      withLoadBalancer({ enabled: false }),
      {
        status: 409,
        type: '1001',
        text: /no load balancer, DNS record or tunnel/i,
      },
    ],
    [
      'whose pools are all disabled, the fallback pool too',
      withPool({ name: 'a', address: '127.0.0.1' }, undefined, { enabled: false }),
      {
        status: 530,
        type: '1016',
        text: /no endpoint is available/i,
      },
    ],
    [
      'whose endpoints are all disabled',
      withPool({ name: 'a', address: '127.0.0.1', enabled: false }),
      {
        status: 530,
        type: '1016',
        text: /no endpoint is available/i,
      },
    ],
  ];

  test.each(pages)('%s gets the page that says so', async (_what, config, expected) => {
    const emu = await useEmulator({ config });
    const response = await emu.fetch('http://app.example.com/', { headers: { accept: 'text/html' } });
    expect(response.status).toBe(expected.status);
    expect(response.headers.get('cf-error-type')).toBe(expected.type);
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    const text = (await response.text()).replaceAll('&quot;', '"');
    expect(text).toMatch(expected.text);
    const trace = emu.requests.find(String(parseRoute(response.headers.get('colocal-route')).ray));
    expect(trace).toMatchObject({ status: expected.status, attempts: [] });
    expect(trace?.error).toBe(expected.type === null ? undefined : Number(expected.type));
  });
});

type Pool = NonNullable<ConfigInput['pools']>[number];

function withPool(origin: Pool['origins'][number], name = 'app.example.com', pool: Partial<Pool> = {}): ConfigInput {
  return {
    zones: [{ name: 'example.com', load_balancers: [{ name, proxied: true, default_pools: ['p'] }] }],
    pools: [{ name: 'p', origins: [origin], ...pool }],
  };
}

function withLoadBalancer(loadBalancer: { readonly proxied?: boolean; readonly enabled?: boolean }): ConfigInput {
  return {
    zones: [
      {
        name: 'example.com',
        load_balancers: [{ name: 'app.example.com', proxied: true, default_pools: ['p'], ...loadBalancer }],
      },
    ],
    pools: [{ name: 'p', origins: [{ name: 'a', address: '127.0.0.1' }] }],
  };
}
