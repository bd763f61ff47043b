import { describe, expect, test } from 'vitest';
import { holds, refusal, wrong } from './expression.fixture.js';
import { FUNCTION_NAMES } from './functions.js';

const CASES: readonly (readonly [text: string, expected: boolean])[] = [
  ['any(http.request.uri.args.names[*] == "page")', true],
  ['all(http.request.uri.args.names[*] == "page")', false],
  ['lower(http.request.headers["x-tag"][1]) == "two"', true],
  ['upper(http.host) == "APP.EXAMPLE.COM"', true],
  ['len(http.host) == 15', true],
  ['len(http.request.uri.args.names) == 3', true],
  ['len(lower(http.request.uri.args.names[*])) == 3', true],
  ['starts_with(http.request.uri.path, "/blog")', true],
  ['starts_with(http.request.uri.path, "/Blog")', false],
  ['any(starts_with(http.request.uri.args.names[*], "p"))', true],
  ['any(starts_with(http.request.uri.args.names[*], "p")[*])', true],
  ['ends_with(http.request.uri.path, "first")', true],
  ['ends_with(http.request.uri.path, "/")', false],
  ['concat(http.host, http.request.uri.path) == "app.example.com/blog/first"', true],
  ['concat("a", "b", "c") == "abc"', true],
  ['any(concat(http.request.uri.args.names, http.request.uri.args.values)[*] == "red")', true],
  ['any(concat(http.request.uri.args.names[*], "!")[*] == "page!")', true],
  ['substring(http.request.uri.path, 1, 5) == "blog"', true],
  ['substring(http.request.uri.path, 6) == "first"', true],
  ['substring(http.request.uri.path, -5) == "first"', true],
  ['substring(http.request.uri.path, 0, -6) == "/blog"', true],
  ['substring(http.request.uri.path, 5, 2) == ""', true],
  ['substring(http.request.uri.path, 0, 999) == "/blog/first"', true],
];

describe('functions (docs/reference/load-balancing.md 8.4)', () => {
  test.each(CASES)('%s is %s', (text, expected) => {
    expect(holds(text)).toBe(expected);
  });

  test('change ASCII letters only, and count bytes', () => {
    const path = Buffer.from('/\u00c9A\u00e9').toString('latin1');
    expect(holds('lower(http.request.uri) == "/\u00c9a\u00e9"', { path })).toBe(true);
    expect(holds('upper(http.request.uri) == "/\u00c9A\u00e9"', { path })).toBe(true);
    expect(holds('len(http.request.uri) == 6', { path })).toBe(true);
    expect(holds('substring(http.request.uri, 1, 3) == "\u00c9"', { path })).toBe(true);
  });

  test.each([
    ['/John%20Doe', 'url_decode(http.request.uri) == "/John Doe"'],
    ['/John+Doe', 'url_decode(http.request.uri) == "/John Doe"'],
    ['/%2520', 'url_decode(http.request.uri) == "/%20"'],
    ['/%2520', 'url_decode(http.request.uri, "r") == "/ "'],
    ['/%u2601', 'url_decode(http.request.uri, "u") == "/\u2601"'],
    ['/%u2601', 'url_decode(http.request.uri) == "/%u2601"'],
    ['/%25u2601', 'url_decode(http.request.uri, "ur") == "/\u2601"'],
  ])('url_decode: for %s %s', (path, text) => {
    expect(holds(text, { path })).toBe(true);
  });

  test('are all tested here', () => {
    for (const name of FUNCTION_NAMES.filter((name) => name !== 'url_decode')) {
      expect(
        CASES.some(([text]) => text.startsWith(`${name}(`)),
        name,
      ).toBe(true);
    }
  });
});

describe('calls that are refused', () => {
  test.each([
    'cidr',
    'cidr6',
    'decode_base64',
    'join',
    'split',
    'regex_replace',
    'remove_query_args',
    'to_string',
    'uuidv4',
    'wildcard_replace',
  ])('%s(), which rules of load balancers cannot use', (name) => {
    expect(wrong(`${name}(http.host, "a") == "b"`)).toBe(name);
    expect(refusal(`${name}(http.host) == "b"`).message).toBe(`${name}() is not available in load balancer rules`);
  });

  test.each(['remove_bytes', 'lookup_json_string', 'lookup_json_integer', 'is_timed_hmac_valid_v0'])('%s()', (name) => {
    expect(refusal(`${name}(http.host) == "b"`).message).toBe(`${name}() is not supported by colocal`);
  });

  test.each([
    ['exists(http.host)', 'exists', 'the functions are any, all'],
    ['lower() == "a"', 'lower()', 'add'],
    ['lower(http.host, "a") == "a"', 'lower(http.host, "a")', 'remove'],
    ['starts_with(http.host)', 'starts_with(http.host)', 'add'],
    ['substring(http.host) == "a"', 'substring(http.host)', 'add'],
    ['substring(http.host, 1, 2, 3) == "a"', 'substring(http.host, 1, 2, 3)', 'remove'],
    ['concat() == "a"', 'concat()', 'add'],
    ['any() ', 'any()', 'each item'],
    [
      'any(http.request.uri.args.names[*] == "a", dns.qry.qu)',
      'any(http.request.uri.args.names[*] == "a", dns.qry.qu)',
      'each item',
    ],
    ['any(dns.qry.qu)', 'dns.qry.qu', 'each item'],
    ['any("a")', '"a"', 'each item'],
    ['any(http.request.uri.args.names)', 'http.request.uri.args.names', 'each item'],
    ['any(http.request.uri.args.names[*])', 'http.request.uri.args.names[*]', 'each item'],
    ['all(http.host == "a")', 'http.host == "a"', 'each item'],
    ['lower(ip.src) == "a"', 'ip.src', 'String'],
    ['lower(http.request.uri.args.names) == "a"', 'http.request.uri.args.names', '[*]'],
    ['len(ip.src.asnum) == 1', 'ip.src.asnum', 'String or Array'],
    ['len(http.request.headers) == 1', 'http.request.headers', 'String or Array'],
    ['starts_with("abc", "a")', '"abc"', 'name a field'],
    ['ends_with("abc", http.host)', '"abc"', 'name a field'],
    ['substring("abc", 1) == "bc"', '"abc"', 'name a field'],
    ['url_decode("abc") == "abc"', '"abc"', 'name a field'],
    ['starts_with(http.host, 5)', '5', 'String'],
    ['substring(http.host, "1") == "a"', '"1"', 'Integer'],
    ['url_decode(http.host, "x") == "a"', '"x"', '"ur"'],
    ['url_decode(http.host, http.referer) == "a"', 'http.referer', '"ur"'],
    ['concat(http.host, http.request.uri.args.names) == "a"', 'http.request.uri.args.names', 'arrays only'],
    ['concat(http.host, 5) == "a"', '5', 'String or Array'],
    ['any(concat(http.host, http.request.uri.args.names[*])[*] == "a")', '[*]', 'first argument'],
    ['lower(http.host == "a") == "a"', 'http.host == "a"', 'String'],
    ['lower(http.host', '', 'close the call'],
    ['lower(http.host "a")', '"a"', 'comma'],
    ['starts_with(http.host, 1.2.3.4)', '1', ''],
  ])('%s: %s is marked', (text, marked, fix) => {
    expect(wrong(text)).toBe(marked);
    expect(refusal(text).fix).toContain(fix);
  });
});

test('a function that is nearly one is told which', () => {
  expect(refusal('lowr(http.host) == "a"').message).toBe('there is no function lowr(); did you mean "lower"?');
});
