import type { FaultType } from '../../state/fault.types.js';
import type { FaultDefinition, FaultOf } from '../fault.types.js';
import { clockSkew } from './clock-skew.js';
import { connectorDisconnected } from './connector-disconnected.js';
import { connectorHung } from './connector-hung.js';
import { connectorRefused } from './connector-refused.js';
import { dataCenterDown } from './data-center-down.js';
import { dataCentersPartitioned } from './data-centers-partitioned.js';
import { linkBandwidth } from './link-bandwidth.js';
import { linkLatency } from './link-latency.js';
import { linkLoss } from './link-loss.js';
import { originRefuse } from './origin-refuse.js';
import { originReset } from './origin-reset.js';
import { originSlow } from './origin-slow.js';
import { originSlowBody } from './origin-slow-body.js';
import { originStatus } from './origin-status.js';
import { originTruncated } from './origin-truncated.js';
import { originWrongCertificate } from './origin-wrong-certificate.js';
import { probesFailing } from './probes-failing.js';

/**
 * Every type of fault. On the way to one origin they strike in this order, each around those before it: first what
 * stands nearest to the edge and lets nothing through, then the origin, then what its answer meets on the way back. Their
 * schemas are in state/schemas/fault.ts.
 */
export const FAULTS: { readonly [T in FaultType]: FaultDefinition<FaultOf<T>> } = {
  data_center_down: dataCenterDown,
  data_centers_partitioned: dataCentersPartitioned,
  connector_disconnected: connectorDisconnected,
  connector_refused: connectorRefused,
  connector_hung: connectorHung,
  origin_refuse: originRefuse,
  origin_wrong_certificate: originWrongCertificate,
  origin_status: originStatus,
  origin_slow: originSlow,
  origin_slow_body: originSlowBody,
  origin_truncated: originTruncated,
  origin_reset: originReset,
  clock_skew: clockSkew,
  link_latency: linkLatency,
  link_bandwidth: linkBandwidth,
  link_loss: linkLoss,
  probes_failing: probesFailing,
};

/** The definition that goes with a type; the two are tied by {@link FAULTS}. */
export function definitionOf<T extends FaultType>(type: T): FaultDefinition<FaultOf<T>> {
  return FAULTS[type];
}

const ORDER = new Map(Object.keys(FAULTS).map((type, place) => [type, place]));

/** Sorts by the table's order; equal types stay in theirs. */
export function byOrder(a: { readonly type: FaultType }, b: { readonly type: FaultType }): number {
  return (ORDER.get(a.type) ?? 0) - (ORDER.get(b.type) ?? 0);
}
