import type { Rng } from '../../runtime/rng.js';
import type { ProbeResult, ProbeSubject } from './probes/probe.types.js';

/** A probe that is about to leave. */
export interface Probing extends Pick<ProbeSubject, 'pool' | 'origin' | 'from'> {
  /** The tunnel that leads to the endpoint, if one does. */
  readonly tunnelId: string | undefined;
}

/** What becomes of a probe that shall not be made; undefined: it is made. Here faults of probes get in. */
export type ProbeHook = (probing: Probing, rng: Rng) => ProbeResult | undefined;
