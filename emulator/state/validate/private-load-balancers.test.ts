import { describe, expect, test } from 'vitest';
import { pool, testState, zone } from '../account.fixture.js';
import type { LoadBalancer } from '../objects.js';
import type { Writable } from '../state.types.js';
import { ValidationError } from '../validation-error.js';

type Part = Partial<Writable<'load_balancers'>>;

function balancers() {
  const { state } = testState();
  state.transact('api', (draft) => {
    draft.put('zones', zone);
    draft.put('pools', pool('tokyo'));
  });
  return (name: string, part: Part = {}): LoadBalancer =>
    state.transact('api', (draft) =>
      draft.put('load_balancers', {
        zone_id: '',
        name,
        default_pools: ['pool tokyo'],
        fallback_pool: 'pool tokyo',
        ...part,
      }),
    );
}

function refusal(write: () => unknown): unknown {
  try {
    write();
  } catch (error) {
    if (error instanceof ValidationError) return error.problems.map(({ code, path }) => `${path.at(-1)} ${code}`);
    throw error;
  }
  return undefined;
}

describe('the address of a private load balancer', () => {
  test('that gives none is of 100.112.0.0/16, and the same whatever came before', () => {
    const put = balancers();
    put('other');
    const { address } = put('db');
    expect(address).toMatch(/^100\.112\.\d+\.\d+$/);
    expect(balancers()('DB').address).toBe(address);
    expect(put('third').address).not.toBe(address);
  });

  test('that follows from a name is the next one where that is taken', () => {
    const { address = '' } = balancers()('db');
    const put = balancers();
    put('first', { address });
    const next = put('db').address;
    expect(next).not.toBe(address);
    expect(next).toMatch(/^100\.112\./);
  });

  test('stays when the load balancer is written again', () => {
    const put = balancers();
    const { id, address } = put('db');
    expect(put('db', { id }).address).toBe(address);
  });

  test.each([
    ['10.0.0.100', '10.0.0.100'],
    ['172.31.255.1', '172.31.255.1'],
    ['192.168.1.1', '192.168.1.1'],
    ['100.64.0.1', '100.64.0.1'],
    ['100.127.0.1', '100.127.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['FD00:0::1', 'fd00::1'],
  ])('may be %s, kept as %s', (address, kept) => {
    expect(balancers()('db', { address }).address).toBe(kept);
  });

  test.each([
    ['192.0.2.1', 'not_private'],
    ['172.32.0.1', 'not_private'],
    ['127.0.0.1', 'not_private'],
    ['100.128.0.1', 'not_private'],
    ['2001:db8::1', 'not_private'],
    ['100.96.0.1', 'reserved_network'],
    ['10.0.0.0/8', 'invalid_address'],
    ['10.1', 'invalid_address'],
    ['fe80::1%eth0', 'invalid_address'],
  ])('may not be %s: %s', (address, code) => {
    expect(refusal(() => balancers()('db', { address }))).toEqual([`address ${code}`]);
  });

  test('may not be another one’s, however it is written', () => {
    const put = balancers();
    put('db', { address: '10.0.0.100' });
    expect(refusal(() => put('other', { address: '::ffff:10.0.0.100' }))).toEqual(['address not_unique']);
    const { id } = put('third', { address: '10.0.0.101' });
    expect(refusal(() => put('third', { id, address: '10.0.0.100' }))).toEqual(['address not_unique']);
  });

  test('is nothing that a load balancer of a zone has', () => {
    expect(balancers()('app.example.com', { zone_id: zone.id ?? '', address: '10.0.0.100' }).address).toBeUndefined();
  });
});
