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
      const end = attempt.failure ?? (trace.scheme === 'tcp' ? reachedOf(trace) : answeredOf(attempt));
      return wrap(`${ordinal(index, attempts, 'went to')} ${wayOf(attempt)}: ${end}`, 2);
    }),
    ...wrap(
      trace.scheme === 'tcp' ? connectionOf(trace) : `${OUTCOMES[trace.outcome ?? 'complete']}: ${answerOf(trace)}`,
      2,
    ),
  ].join('\n');
}

/** How far a connection has come, with the bytes in each direction. */
function connectionOf(trace: RequestTrace): string {
  if (trace.status !== CONNECTED) return `the client was refused: ${answerOf(trace)}`;
  const { requestBytes, responseBytes } = trace;
  const end = trace.outcome === undefined ? 'is open' : 'has ended';
  return `the connection ${end}: ${requestBytes} bytes from the client, ${responseBytes} to it`;
}

const reachedOf = ({ status }: RequestTrace): string => (status === CONNECTED ? 'connected' : 'given up');

const answeredOf = ({ status }: AttemptTrace): string => (status === undefined ? 'no answer' : `answered ${status}`);

const CONNECTED = 200;

const OUTCOMES: Readonly<Record<NonNullable<RequestTrace['outcome']>, string>> = {
  complete: 'the client was answered',
  client_closed: 'the client went away',
  cut_off: 'the answer was cut off',
};

function opening(
  about: Asked & Pick<RequestTrace, 'method' | 'dataCenter' | 'clientIp' | 'country'>,
  region?: string,
): string[] {
  const { method, dataCenter, clientIp, country, privateNetwork } = about;
  const place = region === undefined ? dataCenter : `${dataCenter} (${region})`;
  const from = country === undefined ? '' : ` of ${country}`;
  const user = privateNetwork?.user;
  const who = user === undefined ? clientIp : `${user}, ${clientIp}`;
  return wrap(`${method} ${urlOf(about)} entering ${place} as ${who}${from}`, 0);
}

/** What was asked for, in one line. */
export function urlOf({ scheme, host, path, privateNetwork, spectrum }: Asked): string {
  if (spectrum) return `spectrum://${spectrum.application}`;
  if (!privateNetwork) return `${scheme}://${host}${path}`;
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${privateNetwork.port}`;
}

type Asked = Pick<RequestTrace, 'scheme' | 'host' | 'path' | 'privateNetwork' | 'spectrum'>;

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
