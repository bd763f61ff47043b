import { describe, expect, test } from 'vitest';
import { parseAutocannon, parseWrk } from './load.js';

const WRK = `Running 2s test @ http://127.0.0.1:33333/health
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.43ms  612.21us  23.09ms   94.02%
    Req/Sec    44.99k     3.94k   49.42k    80.00%
  Latency Distribution
     50%  850.00us
     75%    1.49ms
     90%    1.79ms
     99%    1.20s
  89566 requests in 2.00s, 14.86MB read
Requests/sec:  44764.29
Transfer/sec:      7.43MB
`;

describe("reading a load generator's report", () => {
  test('wrk: rate and latencies in milliseconds, whatever unit it prints', () => {
    expect(parseWrk(WRK)).toEqual({ requestsPerSecond: 44764.29, p50: 0.85, p99: 1200 });
  });

  test('wrk: a run with bad answers or broken connections is not a measurement', () => {
    expect(() => parseWrk(`${WRK}  Non-2xx or 3xx responses: 3\n`)).toThrow('Non-2xx');
    expect(() => parseWrk(`${WRK}  Socket errors: connect 0, read 3, write 0, timeout 0\n`)).toThrow('read 3');
  });

  test('autocannon: rate over the whole run', () => {
    const report = {
      errors: 0,
      timeouts: 0,
      non2xx: 0,
      duration: 2,
      requests: { total: 100 },
      latency: { p50: 1, p99: 9 },
    };
    expect(parseAutocannon(JSON.stringify(report))).toEqual({ requestsPerSecond: 50, p50: 1, p99: 9 });
    expect(() => parseAutocannon(JSON.stringify({ ...report, non2xx: 1 }))).toThrow('1 not 2xx');
  });

  test('a report that says nothing is refused', () => {
    expect(() => parseWrk('wrk: unknown option')).toThrow('not understood');
  });
});
