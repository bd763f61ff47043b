import { Readable } from 'node:stream';
import { defineError } from '../runtime/errors.js';
import type { ClientRequest } from './forward/exchange.js';
import type { VantageResolver } from './geo/vantage.js';
import type { RequestTrace } from './observe/journal.types.js';

export const notReplayable = defineError<{ ray: string; why: string; fix: string }>('NOT_REPLAYABLE', {
  status: 409,
  message: (d) => `the request ${d.ray} cannot be sent again: ${d.why}`,
  fix: (d) => d.fix,
});

/** Methods of requests that have no body unless some bytes of one were counted (RFC 9110 9.3). */
const BODILESS = new Set(['GET', 'HEAD', 'OPTIONS', 'DELETE']);

const RECORD = 'set settings.record.bodies to the bytes that the journal may keep of a body, and send it once more';

/**
 * A request of the journal as its client would send it again: from where it came, to where the account leads it now.
 * Its headers and body are those that were recorded; a request without a body goes without them too.
 *
 * @throws NOT_REPLAYABLE, or what ingress answers 503 with: no data center runs
 */
export function replayedRequest(trace: RequestTrace, resolver: VantageResolver): ClientRequest {
  const { ray, method, scheme, host, path, recorded, country } = trace;
  if (scheme === 'tcp') throw refusal(trace, 'it is a connection, of which no bytes are kept', 'connect once more');
  if (trace.status === 101) throw refusal(trace, 'it became a WebSocket', 'open the WebSocket once more');
  if (trace.reasons.some(({ step, outcome }) => step === 'ingress' && outcome === 'refused'))
    throw refusal(trace, 'it was not well formed, and went nowhere', 'send it once more as it was written');
  const httpVersion = trace.httpVersion === '2' || trace.httpVersion === '1.0' ? trace.httpVersion : '1.1';
  const without = recorded ? '' : ' (without its headers, which were not recorded: settings.record)';
  const resolved = resolver.resolve(
    country === undefined ? [] : ['Colocal-Country', country],
    trace.clientIp,
    0,
    // Where it would have entered then, it may enter now.
    { dataCenter: trace.insteadOf ?? trace.dataCenter, why: `a replay of ${ray}${without}` },
  );
  if (!resolved.ok) throw resolved.error;
  return {
    method,
    scheme,
    host,
    authority: recorded?.authority ?? host,
    path,
    httpVersion,
    headers: recorded?.request.headers ?? (httpVersion === '2' ? [] : ['Host', host]),
    body: bodyOf(trace),
    expectsContinue: false,
    vantage: resolved.vantage,
    replayOf: ray,
  };
}

/** @throws NOT_REPLAYABLE */
function bodyOf(trace: RequestTrace): Readable | null {
  const { recorded, requestBytes, method } = trace;
  if (!recorded) {
    if (requestBytes > 0 || !BODILESS.has(method)) throw refusal(trace, 'its body was not recorded', RECORD);
    return null;
  }
  const { kept, whole } = recorded.request.body;
  if (!whole) throw refusal(trace, `its body was not recorded whole, but ${kept.length} bytes of it`, RECORD);
  return kept.length === 0 ? null : Readable.from([kept], { objectMode: false });
}

function refusal({ ray, dataCenter }: RequestTrace, why: string, fix: string): Error {
  return notReplayable({ ray: dataCenter === '' ? ray : `${ray}-${dataCenter}`, why, fix });
}
