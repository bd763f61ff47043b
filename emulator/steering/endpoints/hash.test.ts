import { describe, expect, test } from 'vitest';
import { observations, origin, pool } from '../account.fixture.js';
import { address, decideBy, first, names, sharesOf, snapshotOf, TOLERANCE } from '../decision.fixture.js';

const POLICY = { origin_steering: { policy: 'hash' }, monitor: 'm' } as const;
const three = [origin('A', { weight: 0.25 }), origin('B', { weight: 0.25 }), origin('C', { weight: 0.5 })];
const snapshot = snapshotOf([pool('p', three, POLICY)]);

// docs/reference/load-balancing.md 4, 14.8.
describe('hash', () => {
  test('gives one address the same endpoint, whatever the seed and the port', () => {
    for (let client = 0; client < 20; client++) {
      const chosen = new Set<string>();
      for (let seed = 0; seed < 20; seed++)
        chosen.add(first(decideBy(snapshot, { seed, facts: { clientIp: address(client), clientPort: seed } })));
      expect(chosen.size).toBe(1);
    }
  });

  test('maps the addresses over the weights', () => {
    const shares = sharesOf({
      snapshot,
      by: ({ endpoint }) => endpoint.name,
      factsOf: (draw) => ({ clientIp: address(draw) }),
    });
    for (const [name, share] of Object.entries({ A: 0.25, B: 0.25, C: 0.5 }))
      expect(Math.abs((shares[name] ?? 0) - share)).toBeLessThan(TOLERANCE);
  });

  test('the two kinds of addresses are texts like any other', () => {
    const chosen = new Set(
      Array.from({ length: 60 }, (_, host) =>
        first(decideBy(snapshot, { facts: { clientIp: `2001:db8::${host.toString(16)}` } })),
      ),
    );
    expect(chosen).toEqual(new Set(['p/A', 'p/B', 'p/C']));
  });

  test('clients of an unhealthy endpoint go elsewhere, and come back', () => {
    const facts = { clientIp: address(1) };
    const home = first(decideBy(snapshot, { facts }));
    const away = first(decideBy(snapshot, { facts, seen: observations(home) }));
    expect(away).not.toBe(home);
    expect(first(decideBy(snapshot, { facts }))).toBe(home);
  });

  test('failover takes each of the others once, in an order that the address decides', () => {
    const facts = { clientIp: address(7) };
    const order = names(decideBy(snapshot, { facts, seed: 1 }));
    expect([...order].sort()).toEqual(['p/A', 'p/B', 'p/C']);
    expect(names(decideBy(snapshot, { facts, seed: 2 }))).toEqual(order);
  });

  test('other pools, of other load balancers too, do not matter', () => {
    const more = snapshotOf([pool('p', three, POLICY), pool('q', [origin('x')]), pool('r', [origin('y')])]);
    for (let client = 0; client < 200; client++) {
      const facts = { clientIp: address(client) };
      expect(first(decideBy(more, { facts }))).toBe(first(decideBy(snapshot, { facts })));
    }
  });
});
