import { decidingReason } from './deciding-reason.js';
import type { AttemptTrace, RequestTrace } from './journal.types.js';
import { lineOf, printable } from './reason-tree.js';
import { urlOf } from './request-tree.js';

/** Of a connector's UUID: enough to tell it from the others. */
const SHORT_ID = 8;

/**
 * A request in one line: when, ray with data center, what was asked, what was answered, which way, and the reason that
 * decided. Model time, UTC.
 */
export function requestLine(trace: RequestTrace): string {
  const { ray, dataCenter, method, attempts, startedAt } = trace;
  const reason = decidingReason(trace);
  const parts = [
    new Date(startedAt).toISOString().slice(11, 23),
    dataCenter === '' ? ray : `${ray}-${dataCenter}`,
    method,
    urlOf(trace),
    answerOf(trace),
    wayOf(attempts.at(-1)),
  ];
  return printable(`${parts.join(' ')}${reason ? `  ${lineOf(reason)}` : ''}`);
}

function answerOf({ status, error }: RequestTrace): string {
  return `${status ?? '-'}${error === undefined ? '' : `/${error}`}`;
}

/** Pool, endpoint, tunnel and connector, as far as there are any: `tokyo/tokyo-a via tokyo/0f3c5a3e@KIX`. */
function wayOf(attempt: AttemptTrace | undefined): string {
  if (!attempt) return '-';
  const { pool, endpoint, tunnel, connector, egress } = attempt;
  const to = pool === undefined ? endpoint : `${pool}/${endpoint}`;
  if (tunnel === undefined) return to;
  const replica = connector === undefined ? '' : `/${connector.slice(0, SHORT_ID)}`;
  return `${to} via ${tunnel}${replica}${egress === undefined ? '' : `@${egress}`}`;
}
