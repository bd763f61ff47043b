import { hasFailed } from '../expect/window.js';
import type { RequestRecord, ScenarioResult } from '../scenario.types.js';

/** The whole result as JSON. Equal runs give equal bytes: there is no port, no id and no real time in it. Times are milliseconds. */
export function jsonReport({ scenario, seed, lasted, requests, happenings, checked, passed }: ScenarioResult): string {
  const report = {
    scenario: scenario.name,
    file: scenario.file,
    seed,
    passed,
    lasted_ms: rounded(lasted),
    requests: {
      total: requests.length,
      failed: requests.filter(hasFailed).length,
      by_status: counts(requests, ({ status }) => (status === undefined ? 'none' : String(status))),
      by_pool: counts(requests, ({ pool }) => pool),
      by_endpoint: counts(requests, ({ endpoint }) => endpoint),
      by_replica: counts(requests, ({ replica }) => replica),
      by_egress: counts(requests, ({ egress }) => egress),
    },
    expectations: checked.map(({ step, name, findings }) => ({
      step: step.number,
      place: step.place,
      at_ms: rounded(step.at),
      name,
      passed: findings.every(({ met }) => met),
      findings,
    })),
    timeline: happenings.map(({ at, text }) => ({ at_ms: rounded(at), text })),
    log: {
      columns: [
        ...['number', 'at_ms', 'took_ms', 'load', 'client', 'method', 'host', 'path'],
        ...['data_center', 'status', 'pool', 'endpoint', 'replica', 'egress', 'attempts'],
      ],
      rows: requests.map(rowOf),
    },
  };
  const { log, ...rest } = report;
  // One request a line, so that two reports can be compared.
  const rows = log.rows.map((row) => `\n      ${JSON.stringify(row)}`).join(',');
  const head = JSON.stringify(rest, null, 2).slice(0, -2);
  return `${head},\n  "log": {\n    "columns": ${JSON.stringify(log.columns)},\n    "rows": [${rows}\n    ]\n  }\n}\n`;
}

function rowOf(record: RequestRecord): readonly (string | number | null)[] {
  const { number, at, endedAt, load, client, method, host, path, dataCenter, status } = record;
  const { pool, endpoint, replica, egress, attempts } = record;
  const took = endedAt === undefined ? null : rounded(endedAt - at);
  const sent = [number, rounded(at), took, load, client, method, host, path];
  return [...sent, ...[dataCenter, status, pool, endpoint, replica, egress, attempts].map((each) => each ?? null)];
}

/** To a thousandth of a millisecond. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}

function counts(
  requests: readonly RequestRecord[],
  key: (record: RequestRecord) => string | undefined,
): Record<string, number> {
  const found = new Map<string, number>();
  for (const record of requests) {
    const name = key(record);
    if (name !== undefined) found.set(name, (found.get(name) ?? 0) + 1);
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}
