import type { Monitor } from '../../state/objects.js';
import { probeHttp } from './http.js';
import { probeIcmpPing } from './icmp-ping.js';
import type { ProbeAttempt, ProbeContext, ProbeResult, ProbeSubject } from './probe.types.js';
import { probeSmtp } from './smtp.js';
import { probeTcp } from './tcp.js';
import { probeUdpIcmp } from './udp-icmp.js';

/** Every type of monitor, and how it probes. */
const PROBES: Readonly<Record<Monitor['type'], ProbeAttempt>> = {
  http: probeHttp,
  https: probeHttp,
  tcp: probeTcp,
  udp_icmp: probeUdpIcmp,
  icmp_ping: probeIcmpPing,
  smtp: probeSmtp,
};

/**
 * One check of an endpoint from one data center. Only what takes too long is tried again, at once and as often as
 * `retries` says (docs/reference/load-balancing.md 2.1, 14.3).
 */
export async function probe(subject: ProbeSubject, context: ProbeContext): Promise<ProbeResult> {
  const { origin, monitor } = subject;
  if (context.isProxied(origin.address)) {
    return {
      passed: false,
      reason: 'DNS Internal',
      detail: `${origin.address} is served by this edge itself, so it is not probed`,
    };
  }
  const attempt = PROBES[monitor.type];
  for (let left = monitor.retries; ; left--) {
    const { result, timedOut } = await attempt(subject, context);
    if (!timedOut || left === 0 || context.signal.aborted) return withAttempts(result, monitor.retries - left + 1);
  }
}

function withAttempts(result: ProbeResult, attempts: number): ProbeResult {
  return attempts === 1 ? result : { ...result, detail: `${result.detail} (${attempts} attempts)` };
}
