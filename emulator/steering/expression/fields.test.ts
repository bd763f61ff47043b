import { describe, expect, test } from 'vitest';
import { holds, refusal, wrong } from './expression.fixture.js';
import { FIELDS } from './fields.js';

/** Every field of docs/reference/load-balancing.md 8.2 with a condition that holds for the fixture's request. */
const HOLDS: readonly (readonly [field: string, condition: string])[] = [
  ['cf.load_balancer.name', 'cf.load_balancer.name == "lb.example.com"'],
  ['cf.load_balancer.region', 'cf.load_balancer.region == "NEAS"'],
  ['ip.src', 'ip.src == 203.0.113.7'],
  ['ip.src.asnum', 'ip.src.asnum == 64501'],
  ['http.cookie', 'http.cookie == ""'],
  ['http.host', 'http.host == "app.example.com"'],
  ['http.referer', 'http.referer == ""'],
  ['http.request.headers', 'http.request.headers["accept"][0] == "text/html"'],
  ['http.request.method', 'http.request.method == "GET"'],
  ['http.request.timestamp.sec', 'http.request.timestamp.sec == 1700000000'],
  ['http.request.uri', 'http.request.uri == "/blog/first?tag=red&page=2&tag=Blue"'],
  ['http.request.uri.path', 'http.request.uri.path == "/blog/first"'],
  ['http.request.uri.query', 'http.request.uri.query == "tag=red&page=2&tag=Blue"'],
  ['http.request.uri.args', 'http.request.uri.args["tag"][1] == "Blue"'],
  ['http.request.uri.args.names', 'http.request.uri.args.names[2] == "tag"'],
  ['http.request.uri.args.values', 'http.request.uri.args.values[1] == "2"'],
  ['http.request.version', 'http.request.version == "HTTP/1.1"'],
  ['dns.qry.name', 'not dns.qry.name == "example.com."'],
  ['dns.qry.name.len', 'not dns.qry.name.len == 12'],
  ['dns.qry.qu', 'not dns.qry.qu'],
  ['dns.qry.type', 'not dns.qry.type in {1 28}'],
  ['dns.rr.opt.client', 'not dns.rr.opt.client'],
  ['dns.rr.opt.client.addr', 'not dns.rr.opt.client.addr == "192.0.2.1"'],
];

describe('fields', () => {
  test.each(HOLDS)('%s', (_field, condition) => {
    expect(holds(condition)).toBe(true);
  });

  test('are all tested here', () => {
    expect(HOLDS.map(([field]) => field)).toEqual([...FIELDS.keys()]);
  });

  test.each([
    ['not dns.qry.name == "x"', 'dns.qry.name != "x"'],
    ['not dns.qry.type == 1', 'dns.qry.type != 1'],
  ])('of DNS have no value for HTTP: %s holds, %s does not', (absent, compared) => {
    expect([holds(absent), holds(compared)]).toEqual([true, false]);
  });
});

describe('what a field holds', () => {
  test('headers: keys in lower case, values in order, nothing decoded', () => {
    const headers = ['X-Tag', 'b%20', 'x-TAG', ' A'];
    expect(holds('http.request.headers["x-tag"][0] == "b%20"', { headers })).toBe(true);
    expect(holds('http.request.headers["x-tag"][1] == " A"', { headers })).toBe(true);
  });

  test('cookie: several headers are one string', () => {
    const headers = ['Cookie', 'a=1', 'cookie', 'b=2'];
    expect(holds('http.cookie == "a=1; b=2"', { headers })).toBe(true);
  });

  test('referer', () => {
    expect(holds('http.referer contains "example.org"', { headers: ['Referer', 'https://example.org/'] })).toBe(true);
  });

  test('method: in upper case', () => {
    expect(holds('http.request.method == "PATCH"', { method: 'patch' })).toBe(true);
  });

  test.each(['HTTP/1.0', 'HTTP/2', 'HTTP/3'] as const)('version: %s', (httpVersion) => {
    expect(holds(`http.request.version == "${httpVersion}"`, { httpVersion })).toBe(true);
  });

  test.each([
    ['/a', 'http.request.uri.query == ""'],
    ['/a', 'len(http.request.uri.args.names) == 0'],
    ['/a?', 'http.request.uri.query == "" and http.request.uri == "/a?"'],
    ['/a?x', 'http.request.uri.args["x"][0] == ""'],
    ['/a?x=1=2', 'http.request.uri.args["x"][0] == "1=2"'],
    ['/a?&&x=&', 'len(http.request.uri.args.names) == 1'],
    ['/a?X=red+apples%21', 'http.request.uri.args["X"][0] == "red+apples%21"'],
    ['/a?b?c=d', 'http.request.uri.query == "b?c=d" and http.request.uri.path == "/a"'],
  ])('query: %s makes %s', (path, condition) => {
    expect(holds(condition, { path })).toBe(true);
  });

  test('IP address: IPv6 in whatever form, IPv4 inside IPv6', () => {
    expect(holds('ip.src == 2001:DB8:0::1', { clientIp: '2001:db8::1' })).toBe(true);
    expect(holds('ip.src == 192.0.2.1', { clientIp: '::ffff:192.0.2.1' })).toBe(true);
  });

  test('AS number: missing when nobody knows it', () => {
    const { asn: _, ...unknown } = { asn: 1, clientIp: '192.0.2.1' };
    expect(holds('not ip.src.asnum >= 0', { ...unknown, asn: undefined as never })).toBe(true);
  });

  test('bytes, whether the request came as bytes or as text', () => {
    const bytes = Buffer.from('/caf\u00e9/\u2601').toString('latin1');
    for (const path of [bytes, '/caf\u00e9/\u2601']) {
      expect(holds('http.request.uri.path == "/caf\u00e9/\u2601" and len(http.request.uri.path) == 10', { path })).toBe(
        true,
      );
    }
  });
});

describe('an unknown field', () => {
  test.each([
    ['http.hots == "a"', 'http.hots', 'http.host'],
    ['http.user_agent contains "curl"', 'http.user_agent', 'headers["user-agent"]'],
    ['ip.geoip.country == "JP"', 'ip.geoip.country', 'country_pools'],
    ['ssl', 'ssl', 'cf.load_balancer.name'],
    ['HTTP.HOST == "a"', 'HTTP.HOST', 'http.host'],
  ])('%s is refused with what there is', (text, marked, fix) => {
    expect(wrong(text)).toBe(marked);
    expect(refusal(text).message).toContain(`there is no field ${marked}`);
    expect(refusal(text).fix).toContain(fix);
  });

  test('that is nearly one is told which; one of another product is told what to use', () => {
    expect(refusal('http.hots == "a"').message).toBe('there is no field http.hots; did you mean "http.host"?');
    expect(refusal('ip.src.country == "JP"').message).toBe('there is no field ip.src.country');
  });
});

test.each([
  ['http.request.headers["X-Tag"][0] eq "a"', 21, 'write "x-tag"'],
  ['true', 0, 'leave the condition empty, for every request'],
  ['false', 0, 'set disabled: true for a rule that is not to apply'],
])('%s, which could not mean what it says, is refused with what to write', (text, position, fix) => {
  expect(refusal(text)).toMatchObject({ position, fix });
});
