import type { Duplex } from 'node:stream';
import { failureOfError } from '../../reach/dial-failure.js';
import { FailureError } from '../../tunnel/connection.js';
import { connectTo } from './connect.js';
import { patienceFor } from './patience.js';
import type { AttemptResult, ProbeAttempt, ProbeResult } from './probe.types.js';
import { readReply, type SmtpReply } from './smtp-reply.js';
import { failedAttempt } from './ways.js';

/** What is said, and the code of a good answer (docs/reference/load-balancing.md 2.2). Mail servers speak first. */
const DIALOGUE = [
  { command: undefined, name: 'the greeting', expected: 220 },
  { command: 'HELO localhost', name: 'HELO', expected: 250 },
  { command: 'QUIT', name: 'QUIT', expected: 221 },
] as const;

/** Passes when HELO is answered 250 and QUIT 221 (docs/reference/load-balancing.md 2.2). Public endpoints only. */
export const probeSmtp: ProbeAttempt = async (subject, context) => {
  if (subject.origin.virtual_network_id !== undefined) return NOT_PUBLIC;
  const patience = patienceFor(subject, context, 'the mail server did not answer');
  try {
    const reached = await connectTo(subject, context, patience.signal);
    if (reached === 'published application') return NOT_PUBLIC;
    if ('result' in reached) return reached;
    const { stream, roundTripMs } = reached;
    const givenUp = (): void => {
      stream.destroy();
    };
    patience.signal.addEventListener('abort', givenUp, { once: true });
    try {
      return { result: await converse(stream, roundTripMs), timedOut: false };
    } catch (error) {
      return failedAttempt(failureOfError(patience.signal.aborted ? patience.signal.reason : error));
    } finally {
      patience.signal.removeEventListener('abort', givenUp);
      stream.destroy();
    }
  } finally {
    patience.end();
  }
};

async function converse(stream: Duplex, roundTripMs: number): Promise<ProbeResult> {
  const chunks: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]();
  let rest = '';
  for (const { command, name, expected } of DIALOGUE) {
    if (command !== undefined) stream.write(`${command}\r\n`);
    const reply = await replyOf(chunks, rest);
    if (reply === 'invalid') {
      return { passed: false, reason: 'Other Failure', detail: `what came in answer to ${name} is not SMTP` };
    }
    const { code, text } = reply;
    if (code !== expected) {
      const detail = `${name} was answered ${`${code} ${text.slice(0, 80)}`.trim()}, expected ${expected}`;
      return { passed: false, reason: 'Response code mismatch error', responseCode: code, detail };
    }
    rest = reply.rest;
  }
  return { passed: true, detail: 'HELO was answered 250, QUIT 221', roundTripMs };
}

async function replyOf(chunks: AsyncIterator<Buffer>, before: string): Promise<SmtpReply | 'invalid'> {
  let text = before;
  for (;;) {
    const reply = readReply(text);
    if (reply !== undefined) return reply;
    const { done, value } = await chunks.next();
    if (done) throw new FailureError({ kind: 'reset', detail: 'the mail server closed the connection', unsent: false });
    text += value.toString('latin1');
  }
}

const NOT_PUBLIC: AttemptResult = {
  result: {
    passed: false,
    reason: 'Monitor Config Error',
    detail: 'an smtp monitor watches public endpoints only, none behind a tunnel; use tcp for a private address',
  },
  timedOut: false,
};
