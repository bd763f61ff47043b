import type { Rng } from '../../../runtime/rng.js';
import type { Explanation } from '../../observe/explanation.types.js';
import { steerTcp } from '../../steering/steer.js';
import type { Attempt } from '../../steering/steering.types.js';
import type { ConnectionPlan } from '../connection/connection.types.js';
import { ConnectionRun } from '../connection/connection-run.js';
import { explainedPlan } from '../connection/explained.js';
import { plannedConnection } from '../connection/planned.js';
import { type ConnectionKind, traceOfConnection } from '../connection/steps.js';
import { placeOf } from '../facts.js';
import type { InHand } from '../live-load.js';
import { proxyHeader } from './proxy-protocol.js';
import type { SpectrumDeps, SpectrumForwarder, SpectrumRequest } from './spectrum.types.js';

/** The forwarder as its owner holds it. */
export interface OwnSpectrumForwarder extends SpectrumForwarder {
  /** What {@link connect} would do with the connection if it came next. Changes nothing. */
  explain(request: SpectrumRequest): Explanation;
  /** Counts connections from the beginning again, so that the same ones are given the same ways again. */
  reset(): void;
}

/**
 * Carries connections to Spectrum applications, at layer 4: steering, an endpoint, and bytes both ways. Each draws from
 * its own fork of the generator, in the order in which they come.
 */
export function createSpectrumForwarder(deps: SpectrumDeps, rng: Rng): OwnSpectrumForwarder {
  let connections = 0;
  let refusals = 0;
  const refusalRng = rng.fork('refused');

  const planFor = ({ application, port, vantage }: SpectrumRequest, own: Rng): ConnectionPlan => {
    const facts = { kind: 'tcp', application: application.id, ...placeOf(vantage, deps.now()) } as const;
    const plan = steerTcp(facts, deps.snapshot(), deps.observations, own);
    if (plan) return plannedConnection(plan, port);
    const detail = 'the application was taken away';
    return {
      reasons: [{ step: 'spectrum', subject: application.name, outcome: 'none', detail }],
      next: () => undefined,
    };
  };
  const count = ({ pool, endpoint }: Attempt): InHand | undefined => pool && deps.live.begin(pool.id, endpoint.name);

  return {
    connect(request, client, addresses) {
      const own = rng.fork(connections++);
      const { application, port, vantage } = request;
      const run = new ConnectionRun(deps, vantage, kindOf(application.name, port), client, own);
      const { proxy_protocol: version } = application;
      const greeting = version === 'off' ? {} : { greeting: proxyHeader(version, addresses) };
      void run.carryOut(planFor(request, own), { count, ...greeting });
      return () => run.giveUp();
    },
    turnedAway({ name }, port, clientIp, { message, status = 503 }) {
      const now = deps.now();
      deps.journal.record({
        ray: refusalRng.fork(refusals++).hex(8),
        startedAt: now,
        endedAt: now,
        dataCenter: '',
        clientIp,
        method: 'CONNECT',
        scheme: 'tcp',
        path: '',
        ...kindOf(name, port),
        status,
        requestBytes: 0,
        responseBytes: 0,
        attempts: [],
        reasons: [{ step: 'ingress', outcome: 'refused', detail: message }],
        outcome: 'complete',
      });
    },
    explain(request) {
      const own = rng.fork(connections);
      const { application, port, vantage } = request;
      const trace = traceOfConnection(vantage, kindOf(application.name, port), own.hex(8), deps.now());
      return explainedPlan(deps, planFor(request, own), { trace, vantage, reasons: trace.reasons, rng: own });
    },
    reset() {
      connections = 0;
      refusals = 0;
    },
  };
}

function kindOf(application: string, port: number): ConnectionKind {
  return { host: application, httpVersion: '', spectrum: { protocol: 'spectrum', application, port } };
}
