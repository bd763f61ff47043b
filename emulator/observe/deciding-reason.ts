import type { Reason } from '../steering/steering.types.js';
import type { RequestTrace } from './journal.types.js';

/** Steps that, when nothing more particular did, decided where a request went: the first that is there. */
const CHOOSING = ['pool', 'endpoint', 'dns_record', 'tunnel_hostname', 'route'];

/**
 * The one reason that tells most about what became of a request: why it was not answered by an endpoint, or else why by
 * this one. A fault that struck goes before what followed from it.
 */
export function decidingReason(trace: RequestTrace): Reason | undefined {
  const { reasons, outcome, attempts } = trace;
  if (outcome === 'client_closed' && !trace.privateNetwork) return clientClosed(trace);
  const attempt = attempts.at(-1);
  // The edge answered by itself: what it came to last is why.
  if (!attempt) return reasons.at(-1);
  return attempt.failure === undefined ? whyThere(reasons) : whyFailed(reasons);
}

function clientClosed({ status }: RequestTrace): Reason {
  const when = status === undefined ? 'before there was an answer' : 'before it had the whole answer';
  return { step: 'client', outcome: 'gone', detail: `it closed ${when}` };
}

function whyFailed(reasons: readonly Reason[]): Reason | undefined {
  return (
    reasons.findLast(({ step }) => step === 'fault') ??
    reasons.findLast(({ step, outcome }) => step === 'attempt' && outcome !== 'answered') ??
    reasons.at(-1)
  );
}

function whyThere(reasons: readonly Reason[]): Reason | undefined {
  const chosen = (wanted: string): Reason | undefined =>
    reasons.findLast(({ step, outcome }) => step === wanted && (outcome === 'chosen' || outcome === 'matched'));
  return (
    chosen('failover') ??
    reasons.findLast(({ step }) => step === 'fault') ??
    reasons.findLast(({ step, outcome }) => step === 'attempt' && outcome === 'answered') ??
    reasons.findLast(({ step, outcome }) => step === 'session' && outcome === 'honoured') ??
    chosen('fallback') ??
    passedOver(reasons) ??
    CHOOSING.map(chosen).find((reason) => reason !== undefined) ??
    reasons.at(-1)
  );
}

/** That the pool before it could not take the request says more than that the next one could. */
function passedOver(reasons: readonly Reason[]): Reason | undefined {
  return reasons.find(({ step, outcome }) => step === 'shed' || (step === 'pool' && outcome === 'skipped'));
}
