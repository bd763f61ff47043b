import { describe, expect, test } from 'vitest';
import { STRETCHES, type Stretch } from '../../state/fault.types.js';
import type { FaultInput } from '../../state/schemas/fault.js';
import { HEAD, type OpeningParts, opening, struckRequest, turns } from '../faults.fixture.js';

const far = (between: Stretch, more: object = {}): FaultInput =>
  ({ name: 'far', type: 'link_latency', between, latency: '100ms', ...more }) as FaultInput;

describe('which ways a stretch is part of', () => {
  test.each<[string, OpeningParts, readonly Stretch[]]>([
    ['a public address', { path: { kind: 'public' } }, ['client-edge', 'edge-origin']],
    [
      'a tunnel that ends elsewhere',
      { connector: 'c1', dataCenter: 'LHR' },
      ['client-edge', 'edge-edge', 'edge-connector', 'connector-origin'],
    ],
    [
      'a tunnel that ends where the request comes in',
      { connector: 'c1', dataCenter: 'NRT' },
      ['client-edge', 'edge-connector', 'connector-origin'],
    ],
    ['a probe', { path: { kind: 'public' }, facts: null, open: { single: () => undefined } }, ['edge-origin']],
  ])('%s', (_what, parts, expected) => {
    const struck = STRETCHES.filter((stretch) => struckRequest([far(stretch)], parts).reasons.length > 0);
    expect(struck).toEqual(expected);
  });
});

test('each direction takes as long, and what is behind comes behind', async () => {
  const { send, asked, played, client, clock } = struckRequest([far('client-edge')]);
  send();
  await clock.advance(99);
  expect(asked).toEqual([]);
  const passing = clock.advance(1);
  while (asked.length === 0) await turns();
  played.origin.head({ status: 200, headers: [], source: 'origin' });
  played.origin.data(Buffer.from('late'));
  played.origin.end([]);
  await passing;
  await clock.advance(99);
  expect(client.told).toEqual([]);
  await clock.advance(1);
  expect(client.told).toEqual(['head 200', 'data late', 'end']);
});

test('jitter is drawn from the request’s generator, between none and twice as much', async () => {
  const taken = async (seed: number): Promise<number> => {
    let arrived = Number.NaN;
    const { way, client, clock } = struckRequest([far('client-edge', { jitter: '100ms' })], {
      seed,
      opened: {
        ...opening().opened,
        request: (_head, _body, handler) => {
          arrived = clock.now();
          queueMicrotask(() => handler.end([]));
          return { resume: () => undefined, abort: () => undefined };
        },
      },
    });
    const began = clock.now();
    way.request(HEAD, null, client);
    await clock.advance(1_000);
    return arrived - began;
  };
  const spans: number[] = [];
  for (let seed = 0; seed < 30; seed++) spans.push(await taken(seed));
  expect(await taken(7)).toBe(spans[7]);
  expect(Math.min(...spans)).toBeLessThan(40);
  expect(Math.max(...spans)).toBeGreaterThan(160);
  expect(Math.max(...spans)).toBeLessThanOrEqual(200);
});

test('probes take it as a leg, and do not wait', () => {
  const { way } = struckRequest([far('edge-origin')], {
    path: { kind: 'public' },
    facts: null,
    open: { single: () => undefined },
  });
  expect(way.legs).toEqual([{ from: 'edge', to: 'origin', roundTripMs: 200 }]);
  expect(way.underWay).toBeUndefined();
});
