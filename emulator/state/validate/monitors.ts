import type { Monitor, MonitorType } from '../objects.js';
import type { AccountSnapshot, Problem } from '../state.types.js';
import type { Check } from './index.js';

/** docs/reference/load-balancing.md 2.2: `ddd` and `dxx`, separated by commas, blanks allowed. */
const EXPECTED_CODES = /^\s*[1-5](?:\d\d|xx)\s*(?:,\s*[1-5](?:\d\d|xx)\s*)*$/i;

/** A header name (RFC 9110 5.6.2). */
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;
/** A header value: no line breaks, nothing else that ends or confuses a header (RFC 9110 5.5). */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** A Host: a name or address, perhaps with a port. */
const AUTHORITY = /^[\w.-]+(?::\d{1,5})?$|^\[[\da-f:.]+\](?::\d{1,5})?$/i;
/** Headers about the connection and the message's form: whoever speaks HTTP sets them. */
const FRAMING: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** docs/reference/load-balancing.md 1.4, api.md 2.2. */
export const checkMonitors: Check = function* (account, _before, suspects) {
  for (const [id, monitor] of suspects.monitors) {
    yield* checkMonitor(monitor, ['monitors', id], account);
  }
};

/** What is wrong with one monitor, be it kept or only tried. */
export function* checkMonitor(monitor: Monitor, at: readonly string[], account: AccountSnapshot): Generator<Problem> {
  yield* checkTimes(monitor, at, account);
  yield* isHttp(monitor) ? checkHttp(monitor, at) : checkOther(monitor, at);
}

function* checkTimes(monitor: Monitor, at: readonly string[], account: AccountSnapshot): Generator<Problem> {
  const { interval, timeout, probe_zone } = monitor;
  const least = account.settings.minimum_monitor_interval;
  if (interval < least) {
    yield {
      path: [...at, 'interval'],
      code: 'out_of_range',
      message: `must be at least ${least} (settings.minimum_monitor_interval); it is ${interval}`,
    };
  } else if (timeout >= interval) {
    yield {
      path: [...at, 'timeout'],
      code: 'out_of_range',
      message: `must be less than the interval (${interval}); it is ${timeout}`,
      range: [1, interval - 1],
    };
  }
  if (probe_zone !== '' && ![...account.zones.values()].some((zone) => zone.name === probe_zone.toLowerCase())) {
    yield {
      path: [...at, 'probe_zone'],
      code: 'unknown_reference',
      message: `must be the name of a zone of the account; it is ${JSON.stringify(probe_zone)}`,
    };
  }
}

function isHttp({ type }: Monitor): boolean {
  return type === 'http' || type === 'https';
}

/** What a type without an HTTP answer does, for those who gave it one to judge. */
const ONLY: Readonly<Record<Exclude<MonitorType, 'http' | 'https'>, string>> = {
  tcp: 'it only opens a connection',
  udp_icmp: 'it only pings and sends a datagram',
  icmp_ping: 'it only pings',
  smtp: 'it only says HELO and QUIT',
};

function* checkOther(monitor: Monitor, at: readonly string[]): Generator<Problem> {
  const { type, port, method } = monitor;
  if (type === 'http' || type === 'https') return;
  if (type === 'icmp_ping' && port !== 0) {
    yield { path: [...at, 'port'], code: 'not_allowed', message: 'must be absent for icmp_ping: a ping has no port' };
  } else if (type !== 'icmp_ping' && port === 0) {
    const message = `must be 1 to 65535: ${type} monitors have no default port`;
    yield { path: [...at, 'port'], code: 'required', message };
  }
  if (type === 'tcp' && method !== 'connection_established') {
    yield {
      path: [...at, 'method'],
      code: 'not_allowed',
      message: `must be absent or connection_established for tcp; it is "${method}"`,
    };
  }
  for (const [field, given] of [
    ['method', type !== 'tcp' && method !== ''],
    ['path', monitor.path !== '/'],
    ['header', Object.keys(monitor.header).length > 0],
    ['expected_codes', monitor.expected_codes !== ''],
    ['expected_body', monitor.expected_body !== ''],
    ['follow_redirects', monitor.follow_redirects],
    ['allow_insecure', monitor.allow_insecure],
  ] as const) {
    if (!given) continue;
    yield {
      path: [...at, field],
      code: 'not_allowed',
      message: `must be absent for ${type}: ${ONLY[type]}; use http or https to judge an answer`,
    };
  }
}

function* checkHttp(monitor: Monitor, at: readonly string[]): Generator<Problem> {
  if (monitor.method === 'connection_established') {
    yield { path: [...at, 'method'], code: 'not_allowed', message: `must be GET or HEAD for ${monitor.type}` };
  }
  if (monitor.expected_codes === '') {
    yield {
      path: [...at, 'expected_codes'],
      code: 'required',
      message: `is required for ${monitor.type} monitors, e.g. "200" or "2xx"`,
    };
  } else if (!EXPECTED_CODES.test(monitor.expected_codes)) {
    yield {
      path: [...at, 'expected_codes'],
      code: 'invalid_format',
      message: `must be codes or classes separated by commas, e.g. "200", "2xx" or "200,301"; it is ${JSON.stringify(monitor.expected_codes)}`,
    };
  }
  yield* checkHeaders(monitor, at);
}

function* checkHeaders(monitor: Monitor, at: readonly string[]): Generator<Problem> {
  const names = new Set<string>();
  for (const [given, values] of Object.entries(monitor.header)) {
    const path = [...at, 'header', given];
    const name = given.toLowerCase();
    const wrong = wrongName(name, names);
    if (wrong) yield { path, ...wrong };
    names.add(name);
    if (name === 'host' && values.length !== 1) {
      yield { path, code: 'out_of_range', message: `must have exactly 1 value; it has ${values.length}` };
    }
    for (const [index, value] of values.entries()) {
      if (!FIELD_VALUE.test(value)) {
        yield {
          path: [...path, index],
          code: 'invalid_format',
          message: 'must not contain line breaks or control characters',
        };
      } else if (name === 'host' && !AUTHORITY.test(value)) {
        yield {
          path: [...path, index],
          code: 'invalid_format',
          message: `must be a host name or address, perhaps with a port; it is ${JSON.stringify(value)}`,
        };
      }
    }
  }
}

function wrongName(name: string, before: ReadonlySet<string>): Pick<Problem, 'code' | 'message'> | undefined {
  if (!TOKEN.test(name)) return { code: 'invalid_format', message: 'is not a header name' };
  if (name === 'user-agent') {
    return { code: 'not_allowed', message: 'cannot be set: probes say who they are in User-Agent' };
  }
  if (name === 'cf-ray')
    return { code: 'not_allowed', message: 'cannot be set: it names the data center of the probe' };
  if (FRAMING.has(name)) {
    return { code: 'not_allowed', message: 'cannot be set: it is about the connection, not about the check' };
  }
  if (before.has(name)) return { code: 'not_unique', message: 'is there twice, in another spelling' };
  return undefined;
}
