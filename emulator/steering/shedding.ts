import type { SteeringContext } from './context.js';
import { hashToUnit } from './hash.js';
import type { CompiledPool } from './snapshot.types.js';
import type { Reason } from './steering.types.js';

/**
 * Whether a pool gives away a request that has no session. `random` draws for each request; `hash` takes a share of the
 * address space, another one in each pool (docs/reference/load-balancing.md section 7, 14.9). Says so when it does.
 */
export function shedsNew({ pool }: CompiledPool, { facts, rng }: SteeringContext): Reason | undefined {
  const shedding = pool.load_shedding;
  if (!shedding || shedding.default_percent === 0) return undefined;
  const { default_percent: percent } = shedding;
  const policy = shedding.default_policy || 'random';
  const value = policy === 'hash' ? hashToUnit(`${pool.id} ${facts.clientIp}`) : rng.next();
  if (value >= percent / 100) return undefined;
  const how = policy === 'hash' ? `the hash of ${facts.clientIp} is in that share` : 'the draw fell into that share';
  return shed(pool.name, `sheds ${percent} % of what has no session (${policy}): ${how}`);
}

/** The same for a request with a session there: by hash alone, since drawing anew each time would drain everybody. */
export function shedsSession({ pool }: CompiledPool, { facts }: SteeringContext): Reason | undefined {
  const shedding = pool.load_shedding;
  if (!shedding || shedding.session_percent === 0) return undefined;
  const percent = shedding.session_percent;
  // Salted apart from the above, so that it is not the same addresses twice.
  if (hashToUnit(`session ${pool.id} ${facts.clientIp}`) >= percent / 100) return undefined;
  return shed(pool.name, `sheds ${percent} % of its sessions (hash): the hash of ${facts.clientIp} is in that share`);
}

function shed(subject: string, detail: string): Reason {
  return { step: 'shed', subject, outcome: 'shed', detail };
}
