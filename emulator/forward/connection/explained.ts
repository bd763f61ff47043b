import type { Rng } from '../../../runtime/rng.js';
import type { Vantage } from '../../geo/geo.types.js';
import type { Explanation } from '../../observe/explanation.types.js';
import type { RequestTrace } from '../../observe/journal.types.js';
import type { Attempt, Reason } from '../../steering/steering.types.js';
import { attemptFailed, noConnection, takeConnection, traceOf } from '../attempt.js';
import { type EdgeErrorName, edgeError } from '../edge-errors.js';
import { errorOf } from '../status.js';
import type { ConnectionDeps, ConnectionPlan } from './connection.types.js';
import { openOptions, routeReason } from './steps.js';

type PreviewDeps = Pick<ConnectionDeps, 'reach' | 'tunnelName'>;

interface Asked {
  readonly vantage: Vantage;
  readonly trace: RequestTrace;
  /** What was decided before there was a plan. */
  readonly reasons: readonly Reason[];
  /** The connection's own. */
  readonly rng: Rng;
}

/** What a plan would come to, as far as it is known beforehand. Nothing is dialled. */
export function explainedPlan(deps: PreviewDeps, plan: ConnectionPlan, asked: Asked): Explanation {
  const { trace, vantage, reasons } = asked;
  if (plan.loadBalancer !== undefined) trace.loadBalancer = plan.loadBalancer;
  let error: EdgeErrorName = 'origin_dns';
  for (let attempt = plan.next(); attempt; attempt = plan.next({ error, attempt })) {
    const failed = preview(deps, attempt, plan.reasons, asked);
    trace.endpoint = attempt.endpoint.name;
    if (attempt.pool) {
      trace.pool = attempt.pool.name;
      trace.fallback = attempt.fallback;
    }
    if (!failed) return { ...about(trace, vantage), outcome: 'attempt', reasons: [...reasons, ...plan.reasons] };
    error = failed;
  }
  return explainedRefusal(trace, vantage, [...reasons, ...plan.reasons], error);
}

export function explainedRefusal(
  trace: RequestTrace,
  vantage: Vantage,
  reasons: readonly Reason[],
  name: EdgeErrorName,
): Explanation {
  const { status, code } = edgeError(name);
  const error = code === undefined ? {} : { error: code };
  return { ...about(trace, vantage), outcome: 'error', status, ...error, reasons };
}

/** One attempt as far as it is known beforehand; what it fails by, if that is known. */
function preview(
  { reach, tunnelName }: PreviewDeps,
  attempt: Attempt,
  reasons: Reason[],
  { trace, vantage, rng }: Asked,
): EdgeErrorName | undefined {
  const made = traceOf(attempt);
  trace.attempts.push(made);
  const path = reach.resolve(attempt.endpoint, vantage.dataCenter, false);
  const fail = (failure: Parameters<typeof attemptFailed>[1]): EdgeErrorName => {
    made.failure = failure.kind;
    reasons.push(attemptFailed(made, failure));
    return errorOf(failure, 'private');
  };
  if (path.kind === 'none') {
    reasons.push(path.reason);
    return fail({ kind: path.failure, detail: path.reason.detail, unsent: true });
  }
  if (path.kind !== 'public') made.tunnel = tunnelName(path.tunnelId) ?? path.tunnelId;
  const route = routeReason(path, made.tunnel);
  if (route) reasons.push(route);
  const opened = reach.preview(path, openOptions(vantage, rng, []));
  if (!opened) {
    reasons.push(...reach.whyNone(path, { from: vantage.dataCenter }));
    return fail(noConnection(made.tunnel ?? '', reach.isFull(path)));
  }
  made.legs = opened.legs;
  if (opened.connection) reasons.push(takeConnection(made, opened.connection));
  reasons.push(...(opened.faults ?? []));
  return undefined;
}

function about(trace: RequestTrace, { dataCenter }: Vantage): Omit<Explanation, 'outcome'> {
  const { ray: _ray, startedAt: _at, requestBytes: _sent, responseBytes: _received, ...same } = trace;
  return { ...same, region: dataCenter.region };
}
