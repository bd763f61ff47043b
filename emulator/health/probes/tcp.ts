import { connectTo } from './connect.js';
import { patienceFor } from './patience.js';
import type { AttemptResult, ProbeAttempt } from './probe.types.js';

/** Passes when the connection is established; it is closed then (docs/reference/load-balancing.md 2.2). */
export const probeTcp: ProbeAttempt = async (subject, context) => {
  const patience = patienceFor(subject, context, 'no connection');
  try {
    const reached = await connectTo(subject, context, patience.signal);
    if (reached === 'published application') return ON_A_TUNNEL;
    if ('result' in reached) return reached;
    reached.stream.destroy();
    const { roundTripMs } = reached;
    const detail = `port ${subject.monitor.port} accepts connections`;
    return { result: { passed: true, detail, roundTripMs }, timedOut: false };
  } finally {
    patience.end();
  }
};

const ON_A_TUNNEL: AttemptResult = {
  result: {
    passed: false,
    reason: 'Monitor Config Error',
    detail: 'a tcp monitor cannot watch a tunnel’s host name; use https with the Host of a published application',
  },
  timedOut: false,
};
