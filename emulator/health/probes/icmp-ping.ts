import { pingEndpoint } from './icmp.js';
import { patienceFor } from './patience.js';
import type { ProbeAttempt } from './probe.types.js';

/** Passes when a ping is answered (docs/reference/load-balancing.md 2.2). */
export const probeIcmpPing: ProbeAttempt = async (subject, context) => {
  const patience = patienceFor(subject, context, 'no echo reply');
  try {
    const pinged = await pingEndpoint(subject, context, patience.signal);
    if ('result' in pinged) return pinged;
    const { address, roundTripMs } = pinged;
    return { result: { passed: true, detail: `${address} answers pings`, roundTripMs }, timedOut: false };
  } finally {
    patience.end();
  }
};
