import { expect, test } from 'vitest';
import { createGeography } from '../geo/geography.js';
import { Homes } from './homes.js';
import type { TunnelRegistry } from './registry.js';

const registry: Pick<TunnelRegistry, 'of' | 'all'> = { of: () => [], all: () => [] } as never;
const geography = createGeography(['NRT', 'KIX', 'LHR']);
const homes = new Homes(
  registry as TunnelRegistry,
  () => geography,
  () => () => undefined,
);
const assign = (location: string | undefined) =>
  homes.assign({ tunnelId: 'tunnel', connectorId: 'connector', index: 0, location });

test('a connector ends near where it says it stands, in any case of letters', () => {
  expect(assign('lhr')).toEqual({ ok: true, dataCenter: 'LHR' });
  expect(assign('FUK')).toEqual({ ok: true, dataCenter: 'KIX' });
  expect(assign(undefined)).toEqual({ ok: true, dataCenter: 'NRT' });
});

test('a location that does not exist is refused for good, with what may be meant', () => {
  const answer = assign('NTR');
  expect(answer).toMatchObject({ ok: false, retry: false });
  expect(answer.ok ? '' : answer.reason).toContain('data center "NTR", which does not exist; did you mean NRT (Tokyo)');
  expect(assign('')).toMatchObject({ ok: false, retry: false });
});
