import type { ProbesFailing } from '../../state/fault.types.js';
import type { FaultDefinition } from '../fault.types.js';
import { probeMatcher } from '../match.js';

/** Monitors that see an endpoint as gone, from everywhere or from some data centers only. What clients get is as before. */
export const probesFailing: FaultDefinition<ProbesFailing> = {
  drawn: 'each',
  probe: ({ match }, { account }) => probeMatcher(match, account),
};
