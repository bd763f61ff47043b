import type { Rng } from '../../../runtime/rng.js';
import type { Explanation } from '../../observe/explanation.types.js';
import { explainedPlan, explainedRefusal } from '../connection/explained.js';
import { traceOfConnection } from '../connection/steps.js';
import { decide } from './decide.js';
import { kindOf } from './kind.js';
import type { PrivateDeps, PrivateRequest } from './private.types.js';

type ExplainDeps = Pick<PrivateDeps, 'view' | 'plan' | 'reach' | 'tunnelName' | 'now'>;

/** What a connection would come to if it came next, and why. Nothing is dialled. `rng` must be that connection's own. */
export function explainPrivate(deps: ExplainDeps, request: PrivateRequest, rng: Rng): Explanation {
  const { vantage } = request;
  const trace = traceOfConnection(vantage, kindOf(request), rng.hex(8), deps.now());
  const reasons = [...trace.reasons];
  const view = deps.view();
  if (view.users.required && !request.user) {
    const detail = 'the on-ramp asks who it is, because there are users in access.users';
    reasons.push({ step: 'user', outcome: 'missing', detail });
    return explainedRefusal(trace, vantage, reasons, 'user_unknown');
  }
  const decision = decide(request, view);
  reasons.push(...decision.reasons);
  if (trace.privateNetwork && decision.network !== undefined) trace.privateNetwork.name = decision.network;
  if (decision.kind === 'refused') return explainedRefusal(trace, vantage, reasons, decision.error);
  return explainedPlan(deps, deps.plan(decision.destination, rng), { trace, vantage, reasons, rng });
}
