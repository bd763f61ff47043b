import type { Attempt } from '../../steering/steering.types.js';
import type { ConnectionPlan } from '../connection/connection.types.js';
import type { PrivateDestination } from './private.types.js';

/** An address by itself: the route that covers it says which tunnel leads there, and there is one attempt. */
export function routedPlan({ ip, port, network }: PrivateDestination): ConnectionPlan {
  let pulled = false;
  return {
    reasons: [],
    next(): Attempt | undefined {
      if (pulled) return undefined;
      pulled = true;
      return { endpoint: { name: ip, address: ip, port, virtualNetworkId: network.id }, fallback: false };
    },
  };
}
