import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRng } from '../../runtime/rng.js';
import { Backoff } from './backoff.js';

test('the delay is drawn from zero to a bound that doubles from 1 to 30 seconds', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const backoff = new Backoff(createRng(seed));
      for (const bound of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
        const delay = backoff.next();
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThan(bound);
      }
      backoff.reset();
      expect(backoff.next()).toBeLessThan(1000);
    }),
  );
});

test('connectors do not come back in step', () => {
  const delays = Array.from({ length: 100 }, (_, index) => new Backoff(createRng('edge').fork(`${index}`)).next());
  expect(new Set(delays).size).toBe(100);
  expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(500);
});
