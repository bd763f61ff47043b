import { distanceBetween } from '../geo/data-centers.js';
import type { ReplicaHook } from '../reach/reach.js';
import type { Fault } from '../state/fault.types.js';
import type { Reason } from '../steering/steering.types.js';
import type { Partition } from './fault.types.js';
import type { LostLinks } from './lost-links.js';
import { reasonOf } from './reason.js';

export interface PartedFault {
  readonly fault: Fault;
  readonly parts: Partition;
}

/** Which of a tunnel's connections a data center does not find, because of faults. */
export function replicaHook(parted: readonly PartedFault[], lost: LostLinks): ReplicaHook {
  /** By where one comes from and wants to, as it is asked for: there are only so many data centers. */
  const known = new Map<string, Map<string, readonly PartedFault[]>>();
  const between = (from: string, to: string): readonly PartedFault[] => {
    let faults = known.get(from)?.get(to);
    if (!faults) {
      faults = parted.filter(({ parts }) => parts.between(from, to));
      const others = known.get(from) ?? new Map();
      known.set(from, others.set(to, faults));
    }
    return faults;
  };
  return {
    bars(from, { dataCenter, tunnelId }) {
      if (parted.length === 0) return undefined;
      const found = between(from, dataCenter).find(({ parts }) => parts.tunnels?.has(tunnelId) ?? true);
      return found && reasonOf(found.fault, `data center ${dataCenter} cannot be got to from ${from}`);
    },
    lost(tunnelId, from, chosen) {
      const links = lost.of(tunnelId);
      if (!links) return NONE;
      const reasons = new Map<string, Reason>();
      const farthest = chosen === undefined ? Number.POSITIVE_INFINITY : distanceBetween(from, chosen);
      for (const { fault, dataCenter } of links) {
        if (distanceBetween(from, dataCenter) > farthest) continue;
        const detail = `the tunnel lost connections that ended in ${dataCenter}`;
        reasons.set(`${fault.name} ${dataCenter}`, reasonOf(fault, detail));
      }
      return [...reasons.values()];
    },
  };
}

const NONE: readonly Reason[] = [];
