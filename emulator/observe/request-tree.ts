import type { Explanation } from './explanation.types.js';
import type { AttemptTrace, RequestTrace } from './journal.types.js';
import { renderReasons, wrap } from './reason-tree.js';

/** What would happen to a request, as a tree for people, in 80 columns where that can be. */
export function renderExplanation(explanation: Explanation): string {
  const { attempts, failover } = explanation;
  return [
    ...opening(explanation, explanation.region),
    ...renderReasons(explanation.reasons),
    ...attempts.flatMap((attempt, index) => {
      const end = attempt.failure === undefined ? '' : `: ${attempt.failure}`;
      return wrap(`${ordinal(index, attempts, 'goes to')} ${wayOf(attempt)}${end}`, 2);
    }),
    ...(explanation.outcome === 'attempt' ? [] : wrap(`the edge would answer ${answerOf(explanation)}`, 2)),
    ...(failover ? wrap('if that failed before the request was sent:', 2) : []),
    ...(failover ? renderReasons(failover.reasons, 4) : []),
    ...(failover?.attempt ? wrap(wayOf(failover.attempt), 4) : []),
    '  nothing was sent',
  ].join('\n');
}

/** What happened to a request, the same way. */
export function renderTrace(trace: RequestTrace): string {
  const { attempts } = trace;
  return [
    ...opening(trace),
    ...renderReasons(trace.reasons),
    ...attempts.flatMap((attempt, index) => {
      const end = attempt.failure ?? (attempt.status === undefined ? 'no answer' : `answered ${attempt.status}`);
      return wrap(`${ordinal(index, attempts, 'went to')} ${wayOf(attempt)}: ${end}`, 2);
    }),
    ...wrap(`${OUTCOMES[trace.outcome ?? 'complete']}: ${answerOf(trace)}`, 2),
  ].join('\n');
}

const OUTCOMES: Readonly<Record<NonNullable<RequestTrace['outcome']>, string>> = {
  complete: 'the client was answered',
  client_closed: 'the client went away',
  cut_off: 'the answer was cut off',
};

function opening(
  about: Pick<RequestTrace, 'method' | 'scheme' | 'host' | 'path' | 'dataCenter' | 'clientIp' | 'country'>,
  region?: string,
): string[] {
  const { method, scheme, host, path, dataCenter, clientIp, country } = about;
  const place = region === undefined ? dataCenter : `${dataCenter} (${region})`;
  const from = country === undefined ? '' : ` of ${country}`;
  return wrap(`${method} ${scheme}://${host}${path} entering ${place} as ${clientIp}${from}`, 0);
}

function ordinal(index: number, attempts: readonly AttemptTrace[], only: string): string {
  return attempts.length === 1 ? only : `attempt ${index + 1}:`;
}

function wayOf({ pool, endpoint, address, tunnel, legs = [] }: AttemptTrace): string {
  const where = pool === undefined ? endpoint : `${endpoint} of pool ${pool}`;
  const through = tunnel === undefined ? ` at ${address}` : ` through tunnel ${tunnel}`;
  const way = legs.map(({ from, to, roundTripMs }) => `${from}-${to} ${roundTripMs.toFixed(1)} ms`).join(', ');
  return `${where}${through}${way === '' ? '' : `, ${way}`}`;
}

function answerOf({ status, error, location }: Pick<Explanation, 'status' | 'error' | 'location'>): string {
  const code = error === undefined ? '' : ` with error ${error}`;
  return `${status ?? 'nothing'}${code}${location === undefined ? '' : `, Location: ${location}`}`;
}
