import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRng } from '../../runtime/rng.js';
import { chooseReplica, type Replica, ringOf } from './replicas.js';

const replica = (dataCenter: string, accepting = true): Replica => ({ dataCenter, accepting });
const kilometres: Record<string, number> = { NRT: 0, KIX: 400, LAX: 8_800 };
const distance = (code: string): number => kilometres[code] ?? 20_000;

describe('which connection of a tunnel serves a request', () => {
  test('the nearest one, whatever the order in which they came', () => {
    const far = replica('LAX');
    const near = replica('NRT');
    const middle = replica('KIX');
    const ring = ringOf([far, middle, near], distance);
    expect(chooseReplica(ring, [], createRng(1))).toBe(near);
  });

  test('the next nearest when the nearest was tried or is leaving', () => {
    const leaving = replica('NRT', false);
    const middle = replica('KIX');
    const far = replica('LAX');
    const ring = ringOf([leaving, middle, far], distance);
    expect(chooseReplica(ring, [], createRng(1))).toBe(middle);
    expect(chooseReplica(ring, [middle], createRng(1))).toBe(far);
    expect(chooseReplica(ring, [middle, far], createRng(1))).toBeUndefined();
  });

  test('equals share the requests evenly', () => {
    const replicas = [replica('NRT'), replica('NRT'), replica('NRT'), replica('NRT'), replica('LAX')];
    const ring = ringOf(replicas, distance);
    const counts = new Map<Replica | undefined, number>();
    const root = createRng('fair');
    for (let request = 0; request < 8_000; request++) {
      const chosen = chooseReplica(ring, [], root.fork(request));
      counts.set(chosen, (counts.get(chosen) ?? 0) + 1);
    }
    expect(counts.get(replicas[4])).toBeUndefined();
    for (const near of replicas.slice(0, 4)) expect((counts.get(near) ?? 0) / 8_000).toBeCloseTo(0.25, 1);
  });

  test('every connection that accepts is reached in the end, nearest first, none twice', () => {
    const arbitrary = fc.array(
      fc.record({ dataCenter: fc.constantFrom('NRT', 'KIX', 'LAX'), accepting: fc.boolean() }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(arbitrary, fc.integer(), (replicas, seed) => {
        const ring = ringOf(replicas, distance);
        const rng = createRng(seed);
        const tried: Replica[] = [];
        for (let next = chooseReplica(ring, tried, rng); next; next = chooseReplica(ring, tried, rng)) tried.push(next);
        expect(new Set(tried)).toEqual(new Set(replicas.filter((one) => one.accepting)));
        expect(tried.length).toBe(replicas.filter((one) => one.accepting).length);
        const distances = tried.map((one) => distance(one.dataCenter));
        expect(distances).toEqual([...distances].sort((a, b) => a - b));
      }),
    );
  });
});
