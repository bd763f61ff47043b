import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';
import { failureOfError } from '../../reach/dial-failure.js';
import { reasonOf } from '../failure-reasons.js';
import { failed, pingEndpoint } from './icmp.js';
import { patienceFor } from './patience.js';
import type { ProbeAttempt } from './probe.types.js';

/** Something to send: services that do not know it ignore it, and those that answer are up all the more. */
const DATAGRAM = Buffer.from('colocal');

/**
 * Passes when the endpoint answers a ping, and then a datagram draws no ICMP port-unreachable as long as the timeout
 * lasts, or is answered (docs/reference/load-balancing.md 2.2).
 */
export const probeUdpIcmp: ProbeAttempt = async (subject, context) => {
  const { port, timeout } = subject.monitor;
  const patience = patienceFor(subject, context, 'no echo reply');
  try {
    const pinged = await pingEndpoint(subject, context, patience.signal);
    if ('result' in pinged) return pinged;
    const { address, roundTripMs } = pinged;
    const answer = await send(address, port, patience.signal);
    if (answer instanceof Error) {
      const failure = failureOfError(answer);
      if (failure.kind === 'refused')
        return failed('Other Failure', `UDP port ${port} is unreachable: ${answer.message}`);
      return failed(reasonOf(failure), failure.detail);
    }
    if (answer === 'silence' && !patience.isOver) return failed('Other Failure', 'given up');
    const heard = answer === 'answer' ? 'answers' : `did not refuse a datagram within ${timeout} s`;
    return { result: { passed: true, detail: `UDP port ${port} ${heard}`, roundTripMs }, timedOut: false };
  } finally {
    patience.end();
  }
};

/** Sends a datagram, and listens until the signal aborts. On a connected socket an ICMP error is the socket's. */
function send(address: string, port: number, signal: AbortSignal): Promise<'answer' | 'silence' | Error> {
  return new Promise((resolve) => {
    const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
    const settle = (answer: 'answer' | 'silence' | Error): void => {
      signal.removeEventListener('abort', silence);
      socket.removeAllListeners();
      // What else the system has to say of it is of no interest.
      socket.on('error', () => undefined);
      socket.close();
      resolve(answer);
    };
    const silence = (): void => settle('silence');
    socket.once('error', settle);
    socket.once('message', () => settle('answer'));
    socket.once('connect', () =>
      socket.send(DATAGRAM, (error) => {
        if (error) settle(error);
      }),
    );
    if (signal.aborted) silence();
    else {
      signal.addEventListener('abort', silence, { once: true });
      socket.connect(port, address);
    }
  });
}
