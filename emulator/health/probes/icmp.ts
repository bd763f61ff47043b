import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { messageOf } from '../../../runtime/errors.js';
import type { AttemptResult, ProbeContext, ProbeSubject } from './probe.types.js';
import { endpointOf, roundTripOf } from './ways.js';

/** An endpoint that answers pings, and how long it took. */
export interface Pinged {
  readonly address: string;
  /** Milliseconds of model time. */
  readonly roundTripMs: number;
}

/**
 * Pings the endpoint from here. Behind a tunnel nothing can be pinged: connectors carry requests and connections, no
 * ICMP.
 *
 * @param signal aborts when it takes too long, with the failure as its reason
 * @returns how the attempt failed, when it did
 */
export async function pingEndpoint(
  subject: ProbeSubject,
  context: ProbeContext,
  signal: AbortSignal,
): Promise<Pinged | AttemptResult> {
  const { monitor, from } = subject;
  const path = context.reach.resolve(endpointOf(subject, monitor.port), from, false);
  if (path.kind !== 'public') return failed('Monitor Config Error', behindATunnel(monitor.type));
  let address: string | undefined;
  try {
    address = await Promise.race([addressOf(path.host), aborted(signal)]);
  } catch (error) {
    return failed('DNS Unknown Host', messageOf(error));
  }
  if (address === undefined) {
    return {
      ...failed('DNS Unknown Host', `${path.host} was not looked up within ${monitor.timeout} s`),
      timedOut: true,
    };
  }
  const began = context.clock.now();
  const answer = await context.ping(address, signal);
  if (answer.kind === 'reply') {
    return { address, roundTripMs: context.clock.now() - began + roundTripOf(path.legs) };
  }
  if (answer.kind === 'failed') return failed(answer.reason, answer.detail);
  return { ...failed('Other Failure', `no echo reply within ${monitor.timeout} s`), timedOut: true };
}

function behindATunnel(type: string): string {
  return `${type === 'udp_icmp' ? 'a udp_icmp' : 'an icmp_ping'} monitor cannot watch what lies behind a tunnel: connectors carry no ICMP; use tcp or http`;
}

export function failed(reason: (AttemptResult['result'] & { passed: false })['reason'], detail: string): AttemptResult {
  return { result: { passed: false, reason, detail }, timedOut: false };
}

/** Looked up each time, IPv4 first (docs/reference/load-balancing.md 2.1). */
async function addressOf(host: string): Promise<string> {
  return isIP(host) === 0 ? (await lookup(host, { verbatim: false })).address : host;
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
