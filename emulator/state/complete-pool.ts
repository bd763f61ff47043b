import type * as z from 'zod';
import type { Managed, Origin, Pool } from './objects.js';
import type { Schemas } from './schemas/index.js';

type Parsed = z.output<Schemas['pools']>;

/** A pool with what the state itself knows of it. `now` is model time. */
export function completePool(parsed: Parsed, before: Pool | undefined, now: number): Omit<Pool, keyof Managed> {
  return {
    ...parsed,
    origins: parsed.origins.map((origin) => withDisabledAt(origin, before, now)),
  };
}

/**
 * docs/reference/load-balancing.md 1.3, 5.3: an endpoint drains from the moment at which it was disabled. It is the
 * same endpoint as before when its name is.
 */
function withDisabledAt(origin: Parsed['origins'][number], before: Pool | undefined, now: number): Origin {
  if (origin.enabled) return origin;
  const known = before?.origins.find(({ name }) => name === origin.name);
  return { ...origin, disabled_at: known?.disabled_at ?? now };
}
