import { hasFailed, spanText } from '../expect/window.js';
import type { Checked, RequestRecord, ScenarioResult } from '../scenario.types.js';

interface Line {
  readonly at: number;
  /** At the same moment they are in the order of steps; counts until then come first. */
  readonly step: number;
  readonly text: readonly string[];
}

/** The result for people: what happened when, what became of the requests in between, and what was expected. */
export function timeline(result: ScenarioResult): string {
  const { scenario, seed, lasted, requests, happenings, checked, passed } = result;
  const lines: Line[] = [
    ...happenings.map(({ at, step, text }): Line => ({ at, step, text: [text] })),
    ...checked.map((each): Line => ({ at: each.step.at, step: each.step.number, text: expectationLines(each) })),
    ...intervals(result),
  ];
  lines.sort((a, b) => a.at - b.at || a.step - b.step);
  const width = Math.max(...lines.map(({ at }) => spanText(at).length), 4);
  let last = '';
  const rows = lines.flatMap(({ at, text }) =>
    text.map((row) => {
      const time = spanText(at);
      const label = time === last ? '' : time;
      last = time;
      return `${label.padStart(width)}  ${row}`;
    }),
  );
  const findings = checked.flatMap((each) => each.findings);
  const met = findings.filter((each) => each.met).length;
  const failed = requests.filter(hasFailed).length;
  return [
    `${scenario.name} (${scenario.file}, seed ${seed})`,
    '',
    ...rows,
    '',
    `${passed ? '✓' : '✗'} ${met} of ${findings.length} expectations met; ${requests.length} requests, ${failed} failed, in ${spanText(lasted)} of model time`,
  ].join('\n');
}

function expectationLines({ name, step, findings }: Checked): string[] {
  const isMet = findings.every(({ met }) => met);
  return [
    `${isMet ? '✓' : '✗'} ${name}${isMet ? '' : ` (${step.place})`}`,
    ...findings.map(
      ({ what, wanted, found, met }) =>
        `    ${met ? '✓' : '✗'} ${what}: ${found}${met ? ` (${wanted})` : `, wanted ${wanted}`}`,
    ),
  ];
}

/** Requests counted between one moment in which something was done and the next. */
function intervals({ scenario, requests }: ScenarioResult): Line[] {
  const moments = [...new Set([0, ...scenario.steps.map(({ at }) => at), Number.POSITIVE_INFINITY])].sort(
    (a, b) => a - b,
  );
  const lines: Line[] = [];
  let index = 0;
  for (const until of moments) {
    const part: RequestRecord[] = [];
    for (; index < requests.length && (requests[index] as RequestRecord).at < until; index++) {
      part.push(requests[index] as RequestRecord);
    }
    if (part.length === 0) continue;
    const at = until === Number.POSITIVE_INFINITY ? (part.at(-1) as RequestRecord).at : until;
    lines.push({ at, step: -1, text: [`${part.length} requests: ${byPool(part)}`] });
  }
  return lines;
}

function byPool(part: readonly RequestRecord[]): string {
  const counts = new Map<string, number>();
  for (const record of part) {
    const { status, pool, replica } = record;
    const where = pool === undefined ? 'the edge' : replica === undefined ? pool : `${pool} by ${replica}`;
    const key = status === undefined ? `cut off (${where})` : hasFailed(record) ? `${status} (${where})` : where;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return Array.from(counts, ([key, count]) => `${count} ${key}`)
    .sort()
    .join(', ');
}
