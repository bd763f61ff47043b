import { hashToUnit } from '../hash.js';
import { ownWeight, pickByWeight, share, sumOf } from '../weights.js';
import type { EndpointSteering } from './endpoint-steering.js';

/**
 * The client's IP address decides: its hash, mapped over the weights of the eligible endpoints in their order, so that
 * one address always hits the same endpoint while those stay the same (docs/reference/load-balancing.md 4, 14.8).
 */
export const hash: EndpointSteering = {
  policy: 'hash',
  choose: (eligible, { facts }) => pickByWeight(eligible, ownWeight, () => hashToUnit(facts.clientIp)),
  explain(chosen, eligible, { facts }) {
    const likely = share(chosen.weight, sumOf(eligible, ownWeight), eligible.length, 'endpoint', 'hash');
    return eligible.length === 1 ? likely : `${likely}: where the hash of ${facts.clientIp} falls`;
  },
};
