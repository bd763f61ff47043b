import type { SteeringSnapshot } from '../../steering/snapshot.types.js';
import { steerPrivate } from '../../steering/steer.js';
import type { Observations } from '../../steering/steering.types.js';
import { plannedConnection } from '../connection/planned.js';
import { placeOf } from '../facts.js';
import type { PrivatePlanner } from './private.types.js';
import { routedPlan } from './routed-plan.js';

export interface PlannerDeps {
  readonly snapshot: () => SteeringSnapshot;
  readonly health: Pick<Observations, 'healthOf' | 'roundTripOf'>;
  /** Model time, milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * What an address stands for: the private load balancer that has it, whatever the virtual network and its routes, or
 * itself. The port goes on to endpoints that have none of their own.
 */
export function createPlanner({ snapshot, health, now }: PlannerDeps): PrivatePlanner {
  const observations: Observations = {
    healthOf: (poolId, endpoint, dataCenter) => health.healthOf(poolId, endpoint, dataCenter),
    roundTripOf: (poolId, dataCenter, region) => health.roundTripOf(poolId, dataCenter, region),
    // Weights alone decide (docs/reference/load-balancing.md 3.3, 4).
    outstanding: () => 0,
    openConnections: () => 0,
    headerSession: () => undefined,
  };
  return (destination, rng) => {
    const { ip: address, port, vantage } = destination;
    const facts = { kind: 'private', address, ...placeOf(vantage, now()) } as const;
    const plan = steerPrivate(facts, snapshot(), observations, rng);
    if (!plan) return routedPlan(destination);
    return plannedConnection(plan, port);
  };
}
