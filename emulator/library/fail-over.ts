import { parseSpan } from '../../runtime/clock.js';
import type { Emulator } from '../index.js';
import type { RequestTrace } from '../observe/journal.types.js';
import { badOption, checkTyped, type OptionCheck, type OptionTable, shown, TEXT } from './options.js';
import { checkServedBy, fits, type ServedBy, servedByTrace } from './served-by.js';

export interface FailOverOptions {
  /** What is asked for again and again, e.g. `http://app.example.com/`. */
  readonly url: string;
  /** Where the requests enter: the code of a data center. */
  readonly colo?: string;
  readonly country?: string;
  readonly clientIp?: string;
  /** Who must not answer any more. Default: the endpoint that answered such a request last, else the first now. */
  readonly from?: ServedBy;
  /** Who has to answer. Default: any other endpoint than `from`. */
  readonly to?: ServedBy;
  /** Model time between two requests. Default `1s`. */
  readonly every?: string;
}

/** What came of watching a failover. */
export interface FailOver {
  /** Model time until somebody else answered, in milliseconds; undefined: nobody did in time. */
  readonly after: number | undefined;
  readonly from: ServedBy;
  /** Requests that were answered 500 or worse meanwhile. */
  readonly failed: number;
  readonly sent: number;
  /** The last request; undefined when the journal no longer has it. */
  readonly last: RequestTrace | undefined;
}

const CALL: OptionTable = {
  call: 'toFailOverWithin',
  example: "toFailOverWithin('90s', { url: 'http://app.example.com/' })",
  needs: 'url',
  options: {
    url: ['the URL of a load balancer', (value) => typeof value === 'string' && URL.canParse(value)],
    colo: TEXT,
    country: TEXT,
    clientIp: TEXT,
    from: ['who answered before, an object', (value) => typeof value === 'object'],
    to: ['who is to answer, an object', (value) => typeof value === 'object'],
    every: ['a span such as "1s"', (value) => typeof value === 'string' && (parseSpan(value) ?? 0) > 0],
  } satisfies Record<keyof FailOverOptions, OptionCheck>,
};

const EVERY = 1_000;

/**
 * Asks again and again while a manual clock passes, until somebody else answers.
 *
 * @throws BAD_OPTION
 */
export async function watchFailOver(emu: Emulator, within: string, options: FailOverOptions): Promise<FailOver> {
  const span = typeof within === 'string' ? parseSpan(within) : undefined;
  const { call } = CALL;
  if (span === undefined) throw badOption({ call, problem: `needs a span, not ${shown(within)}`, fix: CALL.example });
  checkTyped(CALL, options);
  if (options.from) checkServedBy(call, options.from);
  if (options.to) checkServedBy(call, options.to);
  const every = options.every === undefined ? EVERY : (parseSpan(options.every) ?? EVERY);
  let from = options.from ?? lastAnswered(emu, options);
  let [sent, failed] = [0, 0];
  for (let passed = 0; ; passed = Math.min(span, passed + every)) {
    const { status, trace } = await ask(emu, options);
    sent++;
    const served = trace ? servedByTrace(trace) : {};
    from ??= endpointOf(served);
    const answered = status < 500;
    if (!answered) failed++;
    const moved = options.to ? fits(served, options.to) : served.endpoint !== undefined && !fits(served, from);
    if (answered && moved) return { after: passed, from, failed, sent, last: trace };
    if (passed >= span) return { after: undefined, from, failed, sent, last: trace };
    await emu.clock.advance(Math.min(every, span - passed));
  }
}

async function ask(emu: Emulator, { url, colo, country, clientIp }: FailOverOptions) {
  const from = { ...(colo && { colo }), ...(country && { country }), ...(clientIp && { clientIp }) };
  const response = await emu.fetch(url, { ...from, redirect: 'manual' });
  await response.arrayBuffer();
  const ray = response.headers.get('cf-ray');
  return { status: response.status, trace: ray === null ? undefined : emu.requests.find(ray) };
}

/** Who answered the latest of such requests that got an answer of an origin. */
function lastAnswered(emu: Emulator, { url, colo }: FailOverOptions): ServedBy | undefined {
  const { hostname } = new URL(url);
  const latest = emu.requests
    .list(LOOKED_AT)
    .find(
      ({ host, dataCenter, status, attempts }) =>
        host.replace(/:\d+$/, '') === hostname &&
        (colo === undefined || dataCenter === colo.toUpperCase()) &&
        attempts.length > 0 &&
        (status ?? 599) < 500,
    );
  return latest && endpointOf(servedByTrace(latest));
}

const LOOKED_AT = 100;

const endpointOf = ({ pool, endpoint }: ServedBy): ServedBy => ({
  ...(pool && { pool }),
  ...(endpoint && { endpoint }),
});
