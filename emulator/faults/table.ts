import type { FaultType } from '../state/objects.js';
import { connectorDisconnected } from './connector-disconnected.js';
import { dataCenterDown } from './data-center-down.js';
import type { FaultDefinition, FaultOf } from './fault.types.js';
import { originRefuse } from './origin-refuse.js';
import { originSlow } from './origin-slow.js';
import { originStatus } from './origin-status.js';

/** Every type of fault. On the way to one origin they strike in this order; their schemas are in state/schemas/fault.ts. */
export const FAULTS: { readonly [T in FaultType]: FaultDefinition<FaultOf<T>> } = {
  data_center_down: dataCenterDown,
  connector_disconnected: connectorDisconnected,
  origin_refuse: originRefuse,
  origin_status: originStatus,
  origin_slow: originSlow,
};

/** The definition that goes with a type; the two are tied by {@link FAULTS}. */
export function definitionOf<T extends FaultType>(type: T): FaultDefinition<FaultOf<T>> {
  return FAULTS[type];
}

const ORDER = Object.keys(FAULTS);

/** Sorts by the table's order; equal types stay in theirs. */
export function byOrder(a: { readonly type: FaultType }, b: { readonly type: FaultType }): number {
  return ORDER.indexOf(a.type) - ORDER.indexOf(b.type);
}
