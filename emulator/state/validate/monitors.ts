import type { Monitor } from '../objects.js';
import type { Problem } from '../state.types.js';
import type { Check } from './index.js';

/** docs/reference/load-balancing.md 2.2: `ddd` and `dxx`, separated by commas, blanks allowed. */
const EXPECTED_CODES = /^\s*[1-5](?:\d\d|xx)\s*(?:,\s*[1-5](?:\d\d|xx)\s*)*$/i;

/** A header name (RFC 9110 5.6.2). */
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;
/** A header value: no line breaks, nothing else that ends or confuses a header (RFC 9110 5.5). */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** docs/reference/load-balancing.md 1.4, api.md 2.2. */
export const checkMonitors: Check = function* (account) {
  for (const [id, monitor] of account.monitors) {
    const at = ['monitors', id];
    if (monitor.timeout >= monitor.interval) {
      yield {
        path: [...at, 'timeout'],
        code: 'out_of_range',
        message: `must be less than the interval (${monitor.interval}); it is ${monitor.timeout}`,
      };
    }
    yield* monitor.type === 'tcp' ? checkTcp(monitor, at) : checkHttp(monitor, at);
  }
};

function* checkTcp(monitor: Monitor, at: readonly string[]): Generator<Problem> {
  if (monitor.port === 0) {
    yield { path: [...at, 'port'], code: 'required', message: 'must be 1 to 65535: tcp monitors have no default port' };
  }
  if (monitor.method !== 'connection_established') {
    yield {
      path: [...at, 'method'],
      code: 'not_allowed',
      message: `must be absent or connection_established for tcp; it is "${monitor.method}"`,
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
  for (const [name, values] of Object.entries(monitor.header)) {
    const path = [...at, 'header', name];
    if (!TOKEN.test(name)) yield { path, code: 'invalid_format', message: 'is not a header name' };
    if (name.toLowerCase() === 'user-agent') {
      yield { path, code: 'not_allowed', message: 'cannot be set: probes say who they are in User-Agent' };
    }
    for (const [index, value] of values.entries()) {
      if (!FIELD_VALUE.test(value)) {
        yield {
          path: [...path, index],
          code: 'invalid_format',
          message: 'must not contain line breaks or control characters',
        };
      }
    }
  }
}
