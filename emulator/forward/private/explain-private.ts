import type { Rng } from '../../../runtime/rng.js';
import type { Explanation } from '../../observe/explanation.types.js';
import type { RequestTrace } from '../../observe/journal.types.js';
import type { Attempt, Reason } from '../../steering/steering.types.js';
import { attemptFailed, noConnection, takeConnection, traceOf } from '../attempt.js';
import { type EdgeErrorName, edgeError } from '../edge-errors.js';
import { errorOf } from '../status.js';
import { decide } from './decide.js';
import type { PrivateDeps, PrivateRequest } from './private.types.js';
import { openOptions, routeReason, traceOfConnection } from './steps.js';

type ExplainDeps = Pick<PrivateDeps, 'view' | 'plan' | 'reach' | 'tunnelName' | 'now'>;

/** What a connection would come to if it came next, and why. Nothing is dialled. `rng` must be that connection's own. */
export function explainPrivate(deps: ExplainDeps, request: PrivateRequest, rng: Rng): Explanation {
  const trace = traceOfConnection(request, rng.hex(8), deps.now());
  const reasons = [...trace.reasons];
  const view = deps.view();
  if (view.users.required && !request.user) {
    const detail = 'the on-ramp asks who it is, because there are users in access.users';
    reasons.push({ step: 'user', outcome: 'missing', detail });
    return refused(trace, request, reasons, 'user_unknown');
  }
  const decision = decide(request, view);
  reasons.push(...decision.reasons);
  if (trace.privateNetwork && decision.network !== undefined) trace.privateNetwork.name = decision.network;
  if (decision.kind === 'refused') return refused(trace, request, reasons, decision.error);

  const plan = deps.plan(decision.destination, rng);
  if (plan.loadBalancer !== undefined) trace.loadBalancer = plan.loadBalancer;
  let error: EdgeErrorName = 'origin_dns';
  for (let attempt = plan.next(); attempt; attempt = plan.next({ error, attempt })) {
    const failed = preview(deps, request, attempt, { trace, reasons: plan.reasons, rng });
    trace.endpoint = attempt.endpoint.name;
    if (attempt.pool) {
      trace.pool = attempt.pool.name;
      trace.fallback = attempt.fallback;
    }
    if (!failed) return { ...about(trace, request), outcome: 'attempt', reasons: [...reasons, ...plan.reasons] };
    error = failed;
  }
  return refused(trace, request, [...reasons, ...plan.reasons], error);
}

/** One attempt as far as it is known beforehand; what it fails by, if that is known. */
function preview(
  { reach, tunnelName }: ExplainDeps,
  request: PrivateRequest,
  attempt: Attempt,
  { trace, reasons, rng }: { readonly trace: RequestTrace; readonly reasons: Reason[]; readonly rng: Rng },
): EdgeErrorName | undefined {
  const made = traceOf(attempt);
  trace.attempts.push(made);
  const path = reach.resolve(attempt.endpoint, request.vantage.dataCenter, false);
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
  const opened = reach.preview(path, openOptions(request, rng, []));
  if (!opened) {
    reasons.push(...reach.whyNone(path, { from: request.vantage.dataCenter }));
    return fail(noConnection(made.tunnel ?? '', reach.isFull(path)));
  }
  made.legs = opened.legs;
  if (opened.connection) reasons.push(takeConnection(made, opened.connection));
  reasons.push(...(opened.faults ?? []));
  return undefined;
}

function refused(
  trace: RequestTrace,
  request: PrivateRequest,
  reasons: readonly Reason[],
  name: EdgeErrorName,
): Explanation {
  const { status, code } = edgeError(name);
  const error = code === undefined ? {} : { error: code };
  return { ...about(trace, request), outcome: 'error', status, ...error, reasons };
}

function about(trace: RequestTrace, { vantage }: PrivateRequest): Omit<Explanation, 'outcome'> {
  const { ray: _ray, startedAt: _at, requestBytes: _sent, responseBytes: _received, ...same } = trace;
  return { ...same, region: vantage.dataCenter.region };
}
