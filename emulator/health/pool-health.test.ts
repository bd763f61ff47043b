import { describe, expect, test } from 'vitest';
import type { Pool } from '../state/objects.js';
import type { Verdict } from './health.types.js';
import { census, neededBy, poolHealth } from './pool-health.js';

/** `h` healthy, `u` unhealthy, `?` unknown, `d` disabled although its last probes passed. */
function stateOf(letters: string, minimum: number): string {
  const origins = [...letters].map((letter, index) => ({
    name: `${letter}${index}`,
    address: '127.0.0.1',
    enabled: letter !== 'd',
    // Endpoints of weight 0 count like others (docs/reference/load-balancing.md 14.12).
    weight: index === 0 ? 0 : 1,
    port: 0,
    flatten_cname: true,
  }));
  const verdictOf = (name: string): Verdict =>
    name.startsWith('u') ? 'unhealthy' : name.startsWith('?') ? 'unknown' : 'healthy';
  const pool = { origins, minimum_origins: minimum } as unknown as Pool;
  return poolHealth(census(pool, verdictOf), neededBy(pool));
}

describe('a pool', () => {
  test.each([
    ['hh', 1, 'healthy'],
    ['hu', 1, 'degraded'],
    ['hu', 2, 'critical'],
    ['uu', 1, 'critical'],
    ['uu', 0, 'critical'],
    ['hu', 0, 'degraded'],
    ['hh', 0, 'healthy'],
    ['hhh', 2, 'healthy'],
    ['huu', 2, 'critical'],
    ['hh', 3, 'critical'],
  ])('of %s with minimum_origins %i is %s', (letters, minimum, expected) => {
    expect(stateOf(letters, minimum)).toBe(expected);
  });

  test.each([
    ['hd', 1, 'degraded'],
    ['hd', 2, 'critical'],
    ['d', 1, 'critical'],
    ['d', 0, 'critical'],
  ])('counts disabled endpoints as not healthy: %s with minimum_origins %i is %s', (letters, minimum, expected) => {
    expect(stateOf(letters, minimum)).toBe(expected);
  });

  test.each([
    ['??', 1, 'unknown'],
    ['h?', 1, 'unknown'],
    ['h?', 2, 'unknown'],
    ['u?', 1, 'unknown'],
    ['u?', 0, 'unknown'],
    ['u?', 2, 'critical'],
    ['hu?', 1, 'degraded'],
  ])('is unknown only as long as it is open: %s with minimum_origins %i is %s', (letters, minimum, expected) => {
    expect(stateOf(letters, minimum)).toBe(expected);
  });
});
