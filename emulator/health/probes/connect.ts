import type { Duplex } from 'node:stream';
import { failureOfError } from '../../reach/dial-failure.js';
import type { AttemptResult, ProbeContext, ProbeSubject } from './probe.types.js';
import { failedAttempt, Ways } from './ways.js';

/** A connection to the endpoint, and how long it took. */
export interface Connected {
  readonly stream: Duplex;
  /** Milliseconds of model time. */
  readonly roundTripMs: number;
}

/**
 * Opens a TCP connection to the monitor's port of the endpoint, whatever way leads there. A published application has
 * no port to connect to (docs/reference/load-balancing.md 2.2).
 *
 * @returns the connection, or how the attempt failed
 */
export async function connectTo(
  subject: ProbeSubject,
  context: ProbeContext,
  signal: AbortSignal,
): Promise<Connected | AttemptResult | 'published application'> {
  const { port } = subject.monitor;
  const ways = new Ways(subject, context, { secure: false, port, serverName: '', onPhase: () => undefined });
  if (ways.kind === 'tunnel') return 'published application';
  for (let way = ways.next(); way; way = ways.next()) {
    if (way.switching.by !== 'edge') return 'published application';
    const began = context.clock.now();
    try {
      const stream = await way.switching.connect(signal);
      // Whoever reads learns of it there; for the others it does not matter.
      stream.on('error', () => undefined);
      return { stream, roundTripMs: context.clock.now() - began + ways.roundTripMs };
    } catch (error) {
      if (!ways.failed(failureOfError(error))) break;
    }
  }
  return failedAttempt(ways.failure);
}
