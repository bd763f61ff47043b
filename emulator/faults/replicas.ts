import { distanceBetween } from '../geo/data-centers.js';
import type { ReplicaHook } from '../reach/reach.js';
import type { Fault } from '../state/fault.types.js';
import type { Reason } from '../steering/steering.types.js';
import type { LostLinks } from './lost-links.js';
import { reasonOf } from './reason.js';

export interface PartedFault {
  readonly fault: Fault;
  readonly parts: (from: string, to: string, tunnelId: string) => boolean;
}

/** Which of a tunnel's connections a data center does not find, because of faults. */
export function replicaHook(parted: readonly PartedFault[], lost: LostLinks): ReplicaHook {
  return {
    bars(from, { dataCenter, tunnelId }) {
      const found = parted.find(({ parts }) => parts(from, dataCenter, tunnelId));
      return found && reasonOf(found.fault, `data center ${dataCenter} cannot be got to from ${from}`);
    },
    lost(tunnelId, from, chosen) {
      const reasons = new Map<string, Reason>();
      const farthest = chosen === undefined ? Number.POSITIVE_INFINITY : distanceBetween(from, chosen);
      for (const { fault, dataCenter } of lost.of(tunnelId)) {
        if (distanceBetween(from, dataCenter) > farthest) continue;
        const detail = `the tunnel lost connections that ended in ${dataCenter}`;
        reasons.set(`${fault.name} ${dataCenter}`, reasonOf(fault, detail));
      }
      return [...reasons.values()];
    },
  };
}
