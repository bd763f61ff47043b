import { distanceKm } from '../../geo/distance.js';
import type { Candidate } from '../snapshot.types.js';
import type { Facts } from '../steering.types.js';
import type { WalkingPolicy } from './pool-steering.js';

/**
 * Ascending great-circle distance between the pool and the data center that handles the request; pools without
 * coordinates last; ties in list order (docs/reference/load-balancing.md 3.4, 3.5, 14.6).
 */
export const proximity: WalkingPolicy = {
  policy: 'proximity',
  kind: 'walk',
  walk(candidates, { facts }) {
    let orders = ORDERS.get(candidates);
    if (!orders) {
      orders = new Map();
      ORDERS.set(candidates, orders);
    }
    let order = orders.get(facts.dataCenter);
    if (!order) {
      order = nearestFirst(candidates, facts);
      orders.set(facts.dataCenter, order);
    }
    return order;
  },
  explain(chosen, { facts }, among) {
    const distance = distanceOf(chosen, facts);
    if (distance === Number.POSITIVE_INFINITY)
      return 'no available pool has coordinates, so the order of the list counts';
    return `nearest of the ${among}: ${Math.round(distance)} km from ${facts.dataCenter}`;
  },
};

/** Neither pools nor data centers move: worked out once for each list and data center. */
const ORDERS = new WeakMap<readonly Candidate[], Map<string, readonly Candidate[]>>();

function nearestFirst(candidates: readonly Candidate[], facts: Facts): readonly Candidate[] {
  const distances = new Map(candidates.map((candidate) => [candidate, distanceOf(candidate, facts)]));
  const at = (candidate: Candidate): number => distances.get(candidate) ?? Number.POSITIVE_INFINITY;
  // Infinity minus itself is not a number, which would upset the order.
  return [...candidates].sort((a, b) => at(a) - at(b) || 0);
}

function distanceOf({ pool: { pool } }: Candidate, place: Facts): number {
  const { latitude, longitude } = pool;
  if (latitude === undefined || longitude === undefined) return Number.POSITIVE_INFINITY;
  return distanceKm({ latitude, longitude }, place);
}
