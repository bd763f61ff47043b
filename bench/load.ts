import { execFile, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import type { Target } from './targets.js';

/** What a round of small requests gave. Latencies in milliseconds. */
export interface Load {
  readonly requestsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
}

const execute = promisify(execFile);

/** wrk takes a fraction of the processor that a generator in Node takes, so it is preferred where it is installed. */
export const generator: 'wrk' | 'autocannon' = spawnSync('wrk', ['-v']).error ? 'autocannon' : 'wrk';

/** Loads `path` from `connections` connections for `seconds`. Any answer but 2xx, or a broken connection, is an error. */
export async function load(target: Target, path: string, connections: number, seconds: number): Promise<Load> {
  const headers = Object.entries(target.headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const url = `${target.url}${path}`;
  if (generator === 'wrk') {
    const args = ['--latency', '-t', '1', '-c', String(connections), '-d', `${seconds}s`, ...headers, url];
    return parseWrk((await execute('wrk', args)).stdout);
  }
  const autocannon = createRequire(import.meta.url).resolve('autocannon');
  const args = ['-j', '-n', '-c', String(connections), '-d', String(seconds), ...headers, url];
  return parseAutocannon((await execute(process.execPath, [autocannon, ...args], { maxBuffer: 16 << 20 })).stdout);
}

const UNIT: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000, m: 60_000 };

/** Reads what `wrk --latency` prints. */
export function parseWrk(text: string): Load {
  const faulty = /Non-2xx or 3xx responses: \d+|Socket errors: .*/.exec(text);
  if (faulty) throw new Error(`not every answer was good: ${faulty[0]}`);
  const latency = (percent: number): number => {
    const match = new RegExp(`^\\s+${percent}%\\s+([\\d.]+)(us|ms|s|m)$`, 'm').exec(text);
    return match ? Number(match[1]) * (UNIT[match[2] ?? ''] ?? Number.NaN) : Number.NaN;
  };
  const result = {
    requestsPerSecond: Number(/^Requests\/sec:\s+([\d.]+)$/m.exec(text)?.[1]),
    p50: latency(50),
    p99: latency(99),
  };
  return checked(result, text);
}

/** Reads what `autocannon -j` prints. */
export function parseAutocannon(text: string): Load {
  const report = JSON.parse(text) as {
    errors: number;
    timeouts: number;
    non2xx: number;
    duration: number;
    requests: { total: number };
    latency: { p50: number; p99: number };
  };
  if (report.errors + report.timeouts + report.non2xx > 0) {
    throw new Error(
      `not every answer was good: ${report.errors} errors, ${report.timeouts} timeouts, ${report.non2xx} not 2xx`,
    );
  }
  const requestsPerSecond = report.requests.total / report.duration;
  return checked({ requestsPerSecond, p50: report.latency.p50, p99: report.latency.p99 }, text);
}

function checked(result: Load, text: string): Load {
  if (Object.values(result).every((value) => Number.isFinite(value)) && result.requestsPerSecond > 0) return result;
  throw new Error(`the load generator's report is not understood:\n${text}`);
}
