import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holds, refusal, wrong } from './expression.fixture.js';

describe('comparisons (docs/reference/load-balancing.md 8.3)', () => {
  test.each([
    // Each operator, in both spellings where it has two.
    ['http.host eq "app.example.com"', true],
    ['http.host == "App.example.com"', false],
    ['http.host ne "app.example.com"', false],
    ['http.host != "x"', true],
    ['ip.src.asnum lt 64502', true],
    ['ip.src.asnum < 64501', false],
    ['ip.src.asnum le 64501', true],
    ['ip.src.asnum <= 64500', false],
    ['ip.src.asnum gt 64500', true],
    ['ip.src.asnum > 64501', false],
    ['ip.src.asnum ge 64501', true],
    ['ip.src.asnum >= 64502', false],
    ['ip.src.asnum > -1', true],
    ['http.host lt "b"', true],
    ['http.host ge "app.example.com"', true],
    ['http.host gt "app.example.com"', false],
    ['http.host le "app"', false],
    ['http.request.uri.path contains "/first"', true],
    ['http.request.uri.path contains "/FIRST"', false],
    ['http.host matches "^app\\.[a-z]+\\.com$"', true],
    ['http.host ~ "ample"', true],
    ['http.host ~ "^ample"', false],
    ['http.host wildcard "APP.*.com"', true],
    ['http.host wildcard "app.*.co"', false],
    ['http.host strict wildcard "app.*"', true],
    ['http.host strict wildcard "App.*"', false],
    ['ip.src eq 203.0.113.7', true],
    ['ip.src ne 203.0.113.7', false],
  ])('%s is %s', (text, expected) => {
    expect(holds(text)).toBe(expected);
  });

  test.each([
    ['http.host in {"a" "app.example.com"}', true],
    ['http.host in {"App.example.com"}', false],
    ['ip.src.asnum in {1 64501}', true],
    ['ip.src.asnum in {1 64000..65000}', true],
    ['ip.src.asnum in {64502..65000 -5..-1}', false],
    ['ip.src in {203.0.113.7}', true],
    ['ip.src in {198.51.100.1 203.0.113.0/24}', true],
    ['ip.src in {203.0.113.8..203.0.113.9 203.0.113.1..203.0.113.7}', true],
    ['ip.src in {203.0.113.8..203.0.114.0}', false],
    ['ip.src in {2001:db8::/32 ::1}', false],
    ['ip.src in{203.0.113.7}', true],
    ['not ip.src in {\n  203.0.113.7\n}', false],
  ])('%s is %s', (text, expected) => {
    expect(holds(text)).toBe(expected);
  });

  test('addresses of IPv6 are compared by value', () => {
    const clientIp = '2001:db8::ff';
    expect(holds('ip.src in {2001:0db8::/32}', { clientIp })).toBe(true);
    expect(holds('ip.src in {2001:db8::1..2001:db8::1:0}', { clientIp })).toBe(true);
    expect(holds('ip.src in {2001:db8::100..2001:db8::1:0}', { clientIp })).toBe(false);
    expect(holds('ip.src in {0.0.0.0/0}', { clientIp })).toBe(false);
  });

  test('strings are in the order of their bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
        const raw = '#'.repeat(20);
        const expected = Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
        expect(holds(`http.request.uri lt r${raw}"${b}"${raw}`, { path: Buffer.from(a).toString('latin1') })).toBe(
          expected,
        );
      }),
    );
  });
});

describe('what cannot be compared', () => {
  test.each([
    ['http.host == 5', '5', 'double quotes'],
    ['ip.src.asnum == "5"', '"5"', 'without quotes'],
    ['ip.src == "192.0.2.1"', '"192.0.2.1"', 'without quotes'],
    ['ip.src == 5', '5', 'such as 192.0.2.1'],
    ['ip.src lt 192.0.2.1', 'lt', 'in {'],
    ['ip.src contains "192"', 'contains', 'eq, ne, in'],
    ['ip.src.asnum matches "6"', 'matches', 'numbers with eq'],
    ['ip.src.asnum wildcard "6*"', 'wildcard', 'numbers with eq'],
    ['ip.src strict wildcard "6*"', 'strict wildcard', 'addresses with eq'],
    ['http.host contains 5', '5', 'double quotes'],
    ['dns.qry.qu == 1', '==', 'alone'],
    ['dns.qry.qu lt 1', 'lt', 'alone'],
    ['dns.qry.qu == true', 'true', 'a literal'],
    ['http.request.headers == "a"', 'http.request.headers', 'name a key'],
    ['http.request.headers["a"] == "a"', 'http.request.headers["a"]', '[*]'],
    ['http.request.uri.args.names contains "a"', 'http.request.uri.args.names', '[*]'],
    ['ip.src == 10.0.0.0/8', '10.0.0.0/8', 'in {'],
    ['ip.src.asnum == 1..5', '1..5', 'in {'],
    ['http.host == http.referer', 'http.referer', 'the right side'],
    ["http.host == 'a'", "'a'", 'double quotes'],
    ['"a" == http.host', '"a"', 'begins with a field'],
    ['5 < ip.src.asnum', '5', 'begins with a field'],
  ])('%s: %s is marked', (text, marked, fix) => {
    expect(wrong(text)).toBe(marked);
    expect(refusal(text).fix).toContain(fix);
  });

  test.each([
    ['ip.src in {}', '{}', 'at least one'],
    ['ip.src in {192.0.2.1 5}', '5', 'such as 192.0.2.1'],
    ['http.host in {"a" 5}', '5', 'double quotes'],
    ['ip.src.asnum in {1 "2"}', '"2"', 'without quotes'],
    ['ip.src.asnum in {5..1}', '5..1', 'smaller one first'],
    ['ip.src in {192.0.2.9..192.0.2.1}', '192.0.2.9..192.0.2.1', 'smaller one first'],
    ['ip.src in {192.0.2.1..::1}', '192.0.2.1..::1', 'of one family'],
    ['ip.src in {192.0.2.1/33}', '192.0.2.1/33', 'a literal'],
    ['ip.src in {10.1}', '10.1', 'a literal'],
    ['ip.src in 10.0.0.0/8', '10.0.0.0/8', 'in braces'],
    ['ip.src in $office', '$office', 'write the values out'],
    ['ip.src in {$office}', '$office', 'named lists'],
    ['http.host in {"a", "b"}', ',', 'a value'],
    ['http.host in {"a" "b"', '', 'a value'],
    ['ip.src.asnum in {99999999999999999999}', '99999999999999999999', 'smaller'],
    ['dns.qry.qu in {1}', 'in', 'alone'],
  ])('%s: %s is marked', (text, marked, fix) => {
    const { message, fix: said } = refusal(text);
    expect(`${message}: ${said}`).toContain(fix);
    expect(wrong(text)).toBe(marked);
  });

  test('named lists are refused as such', () => {
    expect(refusal('ip.src in $office').message).toBe('load balancer rules do not support named lists');
  });
});

describe('logic', () => {
  const T = 'http.host contains "app"';
  const F = 'http.host contains "nowhere"';

  test.each([
    [`not ${F}`, true],
    [`! ${T}`, false],
    [`not not ${T}`, true],
    [`${T} and ${F}`, false],
    [`${T} && ${T}`, true],
    [`${T} xor ${T}`, false],
    [`${T} ^^ ${F}`, true],
    [`${T} xor ${T} xor ${T}`, true],
    [`${F} or ${T}`, true],
    [`${F} || ${F}`, false],
    // not > and > xor > or
    [`not ${T} and ${F}`, false],
    [`not (${T} and ${F})`, true],
    [`${T} or ${T} and ${F}`, true],
    [`(${T} or ${T}) and ${F}`, false],
    [`${T} xor ${T} and ${F}`, true],
    [`(${T} xor ${T}) and ${F}`, false],
    [`${T} or ${T} xor ${T}`, true],
    [`(${T} or ${T}) xor ${T}`, false],
  ])('%s is %s', (text, expected) => {
    expect(holds(text)).toBe(expected);
  });

  test('has the precedence of the documentation, however long the chain', () => {
    const chain = fc.array(fc.tuple(fc.boolean(), fc.boolean(), fc.constantFrom('and', 'xor', 'or')), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(chain, (parts) => {
        const text = parts.map(
          ([negated, value, operator], i) => `${i > 0 ? operator : ''} ${negated ? 'not ' : ''}${value ? T : F}`,
        );
        const values = parts.map(([negated, value]) => value !== negated);
        expect(holds(text.join(' '))).toBe(
          either(
            values,
            parts.map(([, , operator]) => operator),
          ),
        );
      }),
    );
  });

  test.each([
    ['http.host AND dns.qry.qu', 'AND', 'write and'],
    ['http.host EQ "a"', 'EQ', 'write eq'],
    ['NOT dns.qry.qu', 'NOT', 'write not'],
    ['http.host', 'http.host', 'compare it'],
    ['not http.host', 'http.host', 'compare it'],
    ['dns.qry.qu and ip.src', 'ip.src', 'compare it'],
    ['http.host starts_with "a"', 'starts_with', 'write starts_with(field, "...")'],
    ['http.host ends_with "a"', 'ends_with', 'write ends_with(field, "...")'],
    ['dns.qry.qu and', '', 'finish it'],
    ['and dns.qry.qu', 'and', 'FIELD OPERATOR VALUE'],
    ['dns.qry.qu & dns.qry.qu', '&', '&&'],
    ['(dns.qry.qu', '', 'close the parenthesis'],
    ['dns.qry.qu)', ')', 'FIELD OPERATOR VALUE'],
    ['(http.host) == "a"', '==', 'FIELD OPERATOR VALUE'],
    ['http.host strict "a"', '"a"', 'strict wildcard'],
  ])('%s is refused', (text, marked, fix) => {
    expect(wrong(text)).toBe(marked);
    expect(refusal(text).fix).toContain(fix);
  });
});

/** `or` of `xor` of `and`: evaluated from the loosest operator down. */
function either(values: readonly boolean[], operators: readonly string[], level = 0): boolean {
  const order = ['or', 'xor', 'and'] as const;
  const operator = order[level];
  if (operator === undefined) return values[0] ?? false;
  const groups: { values: boolean[]; operators: string[] }[] = [];
  values.forEach((value, i) => {
    const before = operators[i] ?? '';
    if (i === 0 || before === operator) groups.push({ values: [value], operators: [before] });
    else {
      groups.at(-1)?.values.push(value);
      groups.at(-1)?.operators.push(before);
    }
  });
  const results = groups.map((group) => either(group.values, group.operators, level + 1));
  if (operator === 'or') return results.includes(true);
  if (operator === 'xor') return results.filter(Boolean).length % 2 === 1;
  return !results.includes(false);
}

describe('strings', () => {
  test.each([
    [String.raw`http.request.uri == "/a\"b\\c"`, String.raw`/a"b\c`],
    [String.raw`http.request.uri == r"/a\nb"`, String.raw`/a\nb`],
    ['http.request.uri == r#"/a"b"#', '/a"b'],
    ['http.request.uri == r##"/a"#b"##', '/a"#b'],
    [String.raw`http.request.uri matches "^/a\"b\.c$"`, '/a"b.c'],
    [String.raw`http.request.uri matches r#"^/a"b\.c$"#`, '/a"b.c'],
    [String.raw`http.request.uri matches "^/a\\b$"`, String.raw`/a\b`],
    [String.raw`http.request.uri strict wildcard r"/\*\\*"`, String.raw`/*\rest`],
    [String.raw`http.request.uri strict wildcard "/\\*\\\\*"`, String.raw`/*\rest`],
  ])('%s holds for %s', (text, path) => {
    expect(holds(text, { path })).toBe(true);
  });

  test.each([
    ['http.host == "a', '"a', 'close it'],
    ['http.host == r#"a"', 'r#"a"', 'close it with "#'],
    [String.raw`http.host == "a\.b"`, String.raw`\.`, 'raw string'],
    ['http.host == "a\\', '"a\\', 'close it'],
    [`http.host == r${'#'.repeat(256)}"a"${'#'.repeat(256)}`, `r${'#'.repeat(256)}"`, 'fewer'],
    ['http.host == "a" "b"', '"b"', 'the value stands on the right'],
    ['http.host =="a" # comment', '#', 'remove it'],
  ])('%s is refused', (text, marked, fix) => {
    expect(wrong(text)).toBe(marked);
    expect(refusal(text).fix).toContain(fix);
  });
});

describe('arrays and missing values', () => {
  test.each([
    ['any(http.request.headers["x-tag"][*] == "Two")', true],
    ['any(http.request.headers["x-tag"][*] == "two")', false],
    ['all(http.request.headers["x-tag"][*] contains "o")', true],
    ['all(http.request.headers["x-tag"][*] == "one")', false],
    ['http.request.uri.args["tag"][0] == "red"', true],
    ['any(lower(http.request.uri.args["tag"][*])[*] == "blue")', true],
    ['lower(http.request.uri.args["tag"][*])[1] == "blue"', true],
    ['any(not http.request.headers["x-tag"][*] == "one")', true],
    ['any(http.request.headers["x-tag"][*] == "x" or http.request.headers["x-tag"][*] == "one")', true],
    ['any(http.request.headers["x-tag"][*] == "Two" and http.request.headers["x-tag"][*] == "one")', false],
    ['any(http.request.headers["x-tag"][*] contains "o" xor http.request.headers["x-tag"][*] == "one")', true],
    // The examples of ruleset-engine/rules-language/values.
    ['all(len(http.request.uri.args["tag"][*])[*] in {3 4})', true],
    ['all(not len(http.request.uri.args["tag"][*])[*] in {3 4})', false],
    ['len(http.request.uri.args["tag"]) >= 0', true],
    ['not len(http.request.uri.args["order"]) >= 0', true],
    // Missing: any comparison is false, functions are missing as well.
    ['http.request.headers["none"][0] == ""', false],
    ['http.request.headers["none"][0] != "x"', false],
    ['http.request.headers["x-tag"][2] ne "x"', false],
    ['any(http.request.headers["none"][*] == "b")', false],
    ['all(http.request.headers["none"][*] == "b")', false],
    ['not any(http.request.headers["none"][*] == "b")', true],
    ['len(lower(http.request.headers["none"][0])) >= 0', false],
    ['starts_with(http.request.headers["none"][0], "")', false],
    ['concat("a", http.request.headers["none"][0]) == "a"', false],
    ['substring(http.request.headers["none"][0], 0) == ""', false],
    ['substring(http.host, len(http.request.headers["none"])) == ""', false],
    ['substring(http.host, 0, len(http.request.headers["none"])) == ""', false],
    ['starts_with(http.host, http.request.headers["none"][0])', false],
  ])('%s is %s', (text, expected) => {
    expect(holds(text)).toBe(expected);
  });

  test('all() of an array without items holds', () => {
    expect(holds('all(http.request.uri.args.names[*] == "x")', { path: '/' })).toBe(true);
  });

  test.each([
    ['http.request.headers["a"][*] == "b"', '[*]', 'any('],
    ['not http.request.headers["a"][*] == "b"', '[*]', 'any('],
    ['any(http.request.headers["a"][*] == "b" and dns.qry.qu)', '[*]', 'close any'],
    ['any(http.request.headers["a"][*] == "b" or http.request.headers["b"][*] == "c")', '[*]', 'one any'],
    ['http.request.headers[*] == "a"', '[*]', 'name a key'],
    ['http.request.headers[0] == "a"', '[0]', 'name a key'],
    ['http.request.uri.args.names["a"] == "a"', '["a"]', 'numbers from 0'],
    ['http.host[0] == "a"', '[0]', 'remove the brackets'],
    ['http.host[*] == "a"', '[*]', 'remove the brackets'],
    ['any(http.request.uri.args.names[*][*] == "a")', '[*]', 'remove one'],
    ['http.request.uri.args.names[-1] == "a"', '-1', '[0]'],
    ['http.request.uri.args.names[http.host] == "a"', 'http.host', '[0]'],
    ['http.request.uri.args.names[] == "a"', ']', '[0]'],
    ['http.request.uri.args.names[0 == "a"', '==', 'close the bracket'],
    ['any(lower(http.request.uri.args.names[*]) == "a")', 'lower(http.request.uri.args.names[*])', '[*] behind'],
  ])('%s is refused', (text, marked, fix) => {
    expect(wrong(text)).toBe(marked);
    expect(refusal(text).fix).toContain(fix);
  });
});
