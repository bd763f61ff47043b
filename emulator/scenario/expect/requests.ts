import { parseSpan } from '../../../runtime/clock.js';
import type { Finding, PlannedStep, RequestRecord } from '../scenario.types.js';
import type { CountSpec, ExpectSpec } from '../schema.js';
import { hasFailed, spanText } from './window.js';

type Shares = NonNullable<ExpectSpec['shares']>;

const FIELD = {
  pool: 'pool',
  endpoint: 'endpoint',
  replica: 'replica',
  egress: 'egress',
  data_center: 'dataCenter',
} as const satisfies Record<keyof Shares, keyof RequestRecord>;

/** What is expected of requests, and what was found. Pure. `since` is of the step that {@link ExpectSpec.failover_within} names. */
export function findInRequests(
  expect: ExpectSpec,
  requests: readonly RequestRecord[],
  steps: readonly PlannedStep[],
  all: readonly RequestRecord[],
  until: number,
): Finding[] {
  const findings: Finding[] = [];
  const { shares = {}, tolerance, status = {}, reason, failover_within, sticky } = expect;
  if (expect.requests !== undefined) findings.push(counted('requests', expect.requests, requests.length));
  if (expect.failed !== undefined) findings.push(failed(expect.failed, requests));
  for (const [code, wanted] of Object.entries(status)) {
    const matches = (found: number | undefined): boolean =>
      code.endsWith('xx') ? Math.floor((found ?? 0) / 100) === Number(code[0]) : found === Number(code);
    findings.push(counted(`status ${code}`, wanted, requests.filter((each) => matches(each.status)).length));
  }
  for (const [by, wanted] of Object.entries(shares)) {
    findings.push(...sharesOf(by as keyof Shares, wanted, percent(tolerance), requests));
  }
  if (failover_within) findings.push(failover(failover_within, expect.load, steps, all, until));
  if (reason) findings.push(reasonOf(reason, requests));
  if (sticky !== undefined) findings.push(stickiness(sticky, requests));
  return findings;
}

function counted(what: string, wanted: CountSpec, found: number, more = ''): Finding {
  const { at_least, at_most } =
    typeof wanted === 'number'
      ? { at_least: wanted, at_most: wanted }
      : { at_least: undefined, at_most: undefined, ...wanted };
  const met = (at_least === undefined || found >= at_least) && (at_most === undefined || found <= at_most);
  const bounds = [
    ...(at_least === undefined ? [] : [`at least ${at_least}`]),
    ...(at_most === undefined ? [] : [`at most ${at_most}`]),
  ];
  return {
    what,
    wanted: typeof wanted === 'number' ? String(wanted) : bounds.join(', '),
    found: `${found}${more}`,
    met,
  };
}

function failed(wanted: CountSpec, requests: readonly RequestRecord[]): Finding {
  const lost = requests.filter(hasFailed);
  const ways = new Map<string, number>();
  for (const { status } of lost) {
    const way = status === undefined ? 'cut off' : String(status);
    ways.set(way, (ways.get(way) ?? 0) + 1);
  }
  const how = Array.from(ways, ([way, count]) => `${count} x ${way}`).join(', ');
  const first = lost[0];
  const where = first ? ` (${how}; the first at ${spanText(first.at)}, request ${first.number})` : '';
  return counted('failed', wanted, lost.length, ` of ${requests.length}${where}`);
}

/** Percentage points for what is not written as such. */
function percent(text: string): number {
  return Number(text.slice(0, -1));
}

/** Among the requests that somebody behind the edge answered. */
function sharesOf(
  by: keyof Shares,
  wanted: Readonly<Record<string, string>>,
  tolerance: number,
  requests: readonly RequestRecord[],
): Finding[] {
  const field = FIELD[by];
  const answered = requests.filter((each) => each.status !== undefined && each[field] !== undefined);
  const counts = new Map<string, number>();
  for (const each of answered) {
    const key = String(each[field]);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return Object.entries(wanted).map(([name, share]) => {
    const count = counts.get(name) ?? 0;
    const is = answered.length === 0 ? 0 : (100 * count) / answered.length;
    return {
      what: `share of ${by} ${name}`,
      wanted: `${share} ± ${tolerance}`,
      found: `${is.toFixed(1)}% (${count} of ${answered.length})`,
      met: answered.length > 0 && Math.abs(is - percent(share)) <= tolerance,
    };
  });
}

/** From the step until the first request from which on all are well: answered, and by the pool that is named. */
function failover(
  { after, within, to }: NonNullable<ExpectSpec['failover_within']>,
  load: string | undefined,
  steps: readonly PlannedStep[],
  all: readonly RequestRecord[],
  until: number,
): Finding {
  const since = steps.find(({ name }) => name === after)?.at ?? 0;
  const sent = all.filter(({ at, load: its }) => at >= since && at < until && (load === undefined || its === load));
  const isWell = (each: RequestRecord): boolean => !hasFailed(each) && (to === undefined || each.pool === to);
  const lastBad = sent.findLastIndex((each) => !isWell(each));
  const well = sent[lastBad + 1];
  const took = well === undefined ? undefined : lastBad < 0 ? 0 : well.at - since;
  return {
    what: `time to fail over after ${after}${to === undefined ? '' : ` to pool ${to}`}`,
    wanted: `at most ${within}`,
    found: took === undefined ? `it did not come to that by ${spanText(until)}` : spanText(took),
    met: took !== undefined && took <= (parseSpan(within) ?? 0),
  };
}

function reasonOf(wanted: NonNullable<ExpectSpec['reason']>, requests: readonly RequestRecord[]): Finding {
  const fits = (each: NonNullable<RequestRecord['reasons']>[number]): boolean =>
    each.step === wanted.step &&
    (wanted.outcome === undefined || each.outcome === wanted.outcome) &&
    (wanted.subject === undefined || each.subject === wanted.subject) &&
    (wanted.says === undefined || each.detail.includes(wanted.says));
  const count = requests.filter(({ reasons }) => reasons?.some(fits)).length;
  const { step, ...more } = wanted;
  const text = [step, ...Object.entries(more).map(([key, value]) => `${key} ${value}`)].join(', ');
  return {
    what: `reason ${text}`,
    wanted: 'in at least 1 request',
    found: `in ${count} of ${requests.length}`,
    met: count > 0,
  };
}

function stickiness(wanted: boolean, requests: readonly RequestRecord[]): Finding {
  const at = new Map<string, Set<string>>();
  for (const { load, client, pool, endpoint, status } of requests) {
    if (endpoint === undefined || status === undefined) continue;
    const key = `${load} ${client}`;
    const seen = at.get(key) ?? new Set();
    seen.add(`${pool ?? ''}/${endpoint}`);
    at.set(key, seen);
  }
  const moved = [...at.values()].filter(({ size }) => size > 1).length;
  return {
    what: 'clients that stay at one endpoint',
    wanted: wanted ? 'all' : 'not all',
    found: `${at.size - moved} of ${at.size}`,
    met: at.size > 0 && (moved === 0) === wanted,
  };
}
