import { createRng } from '../../runtime/rng.js';
import type { LoadBalancer, Pool } from '../state/objects.js';
import { type AccountParts, account, facts, loadBalancer, observations } from './account.fixture.js';
import { compileSnapshot } from './compile.js';
import type { SteeringSnapshot } from './snapshot.types.js';
import { steer } from './steer.js';
import type { Attempt, AttemptsPlan, HttpFacts, Observations, Plan, SessionAction } from './steering.types.js';

/** Decisions of one load balancer, for tests. */
export const HOST = 'app.example.com';

/** A load balancer at {@link HOST} over these pools. */
export function snapshotOf(
  pools: readonly Pool[],
  part: Partial<LoadBalancer> = {},
  more: Omit<AccountParts, 'pools' | 'loadBalancers'> = {},
): SteeringSnapshot {
  const ids = pools.map(({ id }) => id);
  return compileSnapshot(account({ ...more, pools, loadBalancers: [loadBalancer(HOST, ids, part)] }));
}

export interface Decision {
  readonly loadBalancer?: Partial<LoadBalancer>;
  readonly facts?: Partial<HttpFacts>;
  readonly seen?: Observations;
  readonly seed?: number;
}

export function decideWith(pools: readonly Pool[], decision: Decision = {}): Plan {
  return decideBy(snapshotOf(pools, decision.loadBalancer), decision);
}

export function decideBy(
  snapshot: SteeringSnapshot,
  { facts: part, seen = observations(), seed = 1 }: Omit<Decision, 'loadBalancer'> = {},
): Plan {
  return steer(facts(HOST, part), snapshot, seen, createRng(seed));
}

export function attemptsPlan(plan: Plan): AttemptsPlan {
  if (plan.kind !== 'attempts') throw new Error(`expected attempts, got ${plan.kind}`);
  return plan;
}

/** All of them, as failover would ask for them. */
export function attempts(plan: Plan): Attempt[] {
  const { next } = bound(attemptsPlan(plan));
  const all: Attempt[] = [];
  for (let attempt = next(); attempt; attempt = next()) all.push(attempt);
  return all;
}

function bound(plan: AttemptsPlan): { readonly next: () => Attempt | undefined } {
  return { next: () => plan.next() };
}

export function nameOf(attempt: Attempt | undefined): string {
  return `${attempt?.pool?.name}/${attempt?.endpoint.name}${attempt?.fallback ? ' (Fallback)' : ''}`;
}

export function first(plan: Plan): string {
  return nameOf(attempts(plan)[0]);
}

/** Pool and endpoint of each attempt. */
export function names(plan: Plan): string[] {
  return attempts(plan).map(nameOf);
}

export const steps = (plan: Plan): string[] =>
  plan.reasons.map((r) => [r.step, r.subject, r.outcome].filter(Boolean).join(' '));

/** The first attempt, and what its answer does to the session. */
export function answer(plan: Plan): { readonly to: string; readonly session: SessionAction | undefined } {
  const { next } = bound(attemptsPlan(plan));
  const attempt = next();
  if (!attempt) throw new Error('a plan has at least one attempt');
  return { to: nameOf(attempt), session: attemptsPlan(plan).answered?.(attempt) };
}

/** The Set-Cookie header of an answer that begins a session. */
export function cookieOf(session: SessionAction | undefined): string {
  if (session?.kind !== 'cookie') throw new Error(`expected a cookie, got ${session?.kind}`);
  return session.value;
}

/** What a client sends back of a Set-Cookie header. */
export function sentBack(setCookie: string): Pick<HttpFacts, 'headers'> {
  return { headers: ['Cookie', setCookie.split(';')[0] ?? ''] };
}

export interface Shares {
  readonly snapshot: SteeringSnapshot;
  readonly seen?: Observations;
  readonly draws?: number;
  readonly seed?: number;
  /** Default: the name of the pool. */
  readonly by?: (attempt: Attempt) => string;
  readonly factsOf?: (draw: number) => Partial<HttpFacts>;
}

/** The share of each first choice in many requests. */
export function sharesOf({ snapshot, seen = observations(), draws = DRAWS, seed = 11, by, factsOf }: Shares) {
  const rng = createRng(seed);
  const shares: Record<string, number> = {};
  for (let draw = 0; draw < draws; draw++) {
    const plan = steer(facts(HOST, factsOf?.(draw)), snapshot, seen, rng.fork(draw));
    const attempt = plan.kind === 'attempts' ? plan.next() : undefined;
    const name = attempt ? (by ?? ((each) => each.pool?.name ?? ''))(attempt) : plan.kind;
    shares[name] = (shares[name] ?? 0) + 1 / draws;
  }
  return shares;
}

const DRAWS = 10_000;
/** Five standard deviations of a share over that many draws, at its widest. The seed is fixed: it holds always or never. */
export const TOLERANCE = 5 * Math.sqrt(0.25 / DRAWS);

/** Addresses that clients may have: as many as are asked for, all different. */
export function address(index: number): string {
  return `203.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
}
