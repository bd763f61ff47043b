import type { AttemptTrace, RequestTrace } from '../observe/journal.types.js';

/** The response header that tells how a request went (design: "What the emulator tells"). */
export const ROUTE_HEADER = 'Colocal-Route';

/** A structured-field dictionary (RFC 8941); what does not apply is absent. */
export function routeHeader(trace: RequestTrace, attempt: AttemptTrace | undefined): string {
  let value = `ray="${trace.ray}-${trace.dataCenter}", colo="${trace.dataCenter}"`;
  if (trace.loadBalancer !== undefined) value += `, lb=${quoted(trace.loadBalancer)}`;
  if (trace.pool !== undefined) value += `, pool=${quoted(trace.pool)}`;
  if (attempt) {
    value += `, endpoint=${quoted(attempt.endpoint)}`;
    if (attempt.tunnel !== undefined) value += `, tunnel=${quoted(attempt.tunnel)}`;
    if (attempt.connector !== undefined) value += `, connector=${quoted(attempt.connector)}`;
    if (attempt.egress !== undefined) value += `, egress="${attempt.egress}"`;
  }
  if (trace.attempts.length > 0) value += `, attempts=${trace.attempts.length}`;
  if (trace.fallback !== undefined) value += `, fallback=${trace.fallback ? '?1' : '?0'}`;
  return value;
}

/** A string item: printable ASCII with `"` and `\` escaped. Names of ours hold nothing else; whatever does is replaced. */
function quoted(text: string): string {
  return /^[ !#-[\]-~]*$/.test(text) ? `"${text}"` : `"${text.replace(/[^ -~]/g, '?').replace(/["\\]/g, '\\$&')}"`;
}
