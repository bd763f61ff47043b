import { failureOfError } from '../../reach/dial-failure.js';
import { FailureError } from '../../tunnel/connection.js';
import type { AttemptResult, ProbeAttempt } from './probe.types.js';
import { failedAttempt, Ways } from './ways.js';

/** Passes when the connection is established; it is closed then (docs/reference/load-balancing.md 2.2). */
export const probeTcp: ProbeAttempt = async (subject, context) => {
  const { monitor } = subject;
  const ways = new Ways(subject, context, {
    secure: false,
    port: monitor.port,
    serverName: '',
    onPhase: () => undefined,
  });
  // A published application has no TCP port to connect to (docs/reference/load-balancing.md 2.2).
  if (ways.kind === 'tunnel') return ON_A_TUNNEL;

  const patience = new AbortController();
  const timedOut = new FailureError({
    kind: 'timeout',
    detail: `no connection within ${monitor.timeout} s`,
    unsent: true,
  });
  const deadline = context.deadlines.after(monitor.timeout * 1000, () => patience.abort(timedOut));
  const signal = AbortSignal.any([patience.signal, context.signal]);
  try {
    for (let way = ways.next(); way; way = ways.next()) {
      if (way.switching.by !== 'edge') return ON_A_TUNNEL;
      try {
        const stream = await way.switching.connect(signal);
        // Nothing is read or written: whatever becomes of the stream now does not matter.
        stream.on('error', () => undefined);
        stream.destroy();
        return { result: { passed: true, detail: `port ${monitor.port} accepts connections` }, timedOut: false };
      } catch (error) {
        if (!ways.failed(failureOfError(error))) break;
      }
    }
    return failedAttempt(ways.failure);
  } finally {
    deadline.cancel();
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
