import { didYouMean } from '../runtime/did-you-mean.js';
import type { ExplainQuestion } from './control/control.types.js';
import { type AskedFrom, questionInvalid, vantageAsked } from './explained-request.js';
import type { SpectrumRequest } from './forward/spectrum/spectrum.types.js';
import type { SpectrumAddress } from './ingress/spectrum/spectrum.js';
import type { SpectrumApplication } from './state/objects.js';

const SCHEME = /^spectrum:\/\//i;

/** What other questions have. */
const OF_OTHERS = ['method', 'headers', 'http_version', 'failover', 'user', 'network'] as const;

/**
 * Whether a question is about a connection to a Spectrum application: `spectrum://NAME`.
 *
 * @throws EXPLAIN_INVALID when it says what belongs to the other kinds
 */
export function asksForApplication(asked: ExplainQuestion): boolean {
  if (!SCHEME.test(asked.url)) return false;
  const field = OF_OTHERS.find((name) => asked[name] !== undefined);
  if (field === undefined) return true;
  const fix = 'leave it out: a Spectrum application sees where a connection comes from, and no more';
  throw questionInvalid({ field, why: 'a connection to a Spectrum application has no such thing', fix });
}

/**
 * A connection that is only asked about, in the form in which the listeners hand on real ones.
 *
 * @throws EXPLAIN_INVALID with the field, or what is wrong with where it comes from
 */
export function explainedApplication(
  asked: ExplainQuestion,
  applications: ReadonlyMap<string, SpectrumApplication>,
  addresses: readonly SpectrumAddress[],
  from: AskedFrom,
): SpectrumRequest {
  const name = asked.url.replace(SCHEME, '').replace(/\/$/, '');
  const all = [...applications.values()];
  const application = all.find((each) => each.name === name);
  if (!application) {
    const names = all.map((each) => each.name);
    const known = names.length === 0 ? 'there is none: add it under spectrum' : `there are: ${names.join(', ')}`;
    const why = `no Spectrum application is called "${name}"${didYouMean(name, names)}`;
    throw questionInvalid({ field: 'url', why, fix: `write spectrum://NAME; ${known}` });
  }
  const port = addresses.find((each) => each.application === name)?.port ?? 0;
  return { application, port, vantage: vantageAsked(asked, [], from) };
}
