import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { request } from './expression.fixture.js';
import { compileExpression, ExpressionError, fieldValues, printExpression } from './index.js';

const piece = fc.constantFrom('a', 'B', '*', '"', '\\', '#', '.', '/', ' ', '\u00e9', '\n');
const string = fc.array(piece, { maxLength: 6 }).map((parts) => parts.join(''));
const quoted = (value: string): string => `"${value.replace(/[\\"]/g, '\\$&')}"`;
const raw = (value: string): string => `r#######"${value}"#######`;
const stringLiteral = fc.tuple(string, fc.constantFrom(quoted, raw)).map(([value, write]) => write(value));
const plain = fc.array(fc.constantFrom('a', 'B', '/', '\u00e9'), { maxLength: 4 }).map((parts) => parts.join(''));
const wildcard = fc
  .array(fc.constantFrom('a', 'B', '/', '\\*', '\\\\', 'x*', '"'), { maxLength: 4 })
  .chain((parts) => fc.constantFrom(quoted, raw).map((write) => write(parts.join(''))));
const pattern = fc.constantFrom('"^/"', 'r"\\."', '"a\\"|b"', 'r#"[^"]+$"#', '"\\\\d"', '"(?i)BLOG"', 'r#"\\""#', '""');
const integer = fc.integer({ min: -5, max: 20 });

const stringValue: fc.Arbitrary<string> = fc.letrec<{ value: string; leaf: string; call: string }>((tie) => ({
  value: fc.oneof({ maxDepth: 3, depthSize: 'small' }, tie('leaf'), tie('call')),
  leaf: fc.constantFrom(
    'http.host',
    'http.request.uri.path',
    'http.request.uri',
    'http.request.headers["x-tag"][0]',
    'http.request.headers ["none"] [ 0 ]',
    'http.request.uri.args.names[1]',
    'dns.qry.name',
  ),
  call: fc.oneof(
    fc
      .tuple(fc.constantFrom('lower', 'upper', 'url_decode'), tie('value'))
      .map(([name, value]) => `${name}( ${value} )`),
    fc.tuple(tie('value'), stringLiteral).map(([value, literal]) => `concat(${value},${literal})`),
    fc.tuple(tie('value'), integer, integer).map(([value, from, to]) => `substring(${value}, ${from}, ${to})`),
  ),
})).value;

const comparison = fc
  .oneof(
    fc.tuple(stringValue, fc.constantFrom('==', 'eq', '!=', 'ne', '<', 'lt', 'ge', 'contains'), stringLiteral),
    fc.tuple(stringValue, fc.constantFrom('wildcard', 'strict  wildcard'), wildcard),
    fc.tuple(stringValue, fc.constantFrom('matches', '~'), pattern),
    fc.tuple(
      stringValue,
      fc.constant('in'),
      fc.array(stringLiteral, { minLength: 1, maxLength: 3 }).map((list) => `{${list.join(' ')}}`),
    ),
    fc
      .tuple(
        stringValue.map((value) => `len(${value})`),
        fc.constantFrom('==', '<=', '>', 'in'),
        integer,
      )
      .map(([left, operator, value]) => [
        left,
        operator,
        operator === 'in' ? `{${value} ${value}..30}` : String(value),
      ]),
    fc
      .tuple(fc.constant('ip.src'), fc.constantFrom('in', 'ne'), fc.constant('203.0.113.7'))
      .map(([left, operator, ip]) => [
        left,
        operator,
        operator === 'in' ? `{ 2001:DB8::/32 10.0.0.9..10.1.0.0 ${ip} }` : ip,
      ]),
  )
  .map((parts) => parts.join(' '));

const each = fc
  .tuple(
    fc.constantFrom('any', 'all'),
    fc.constantFrom('http.request.uri.args.values', 'http.request.headers["x-tag"]'),
    plain,
  )
  .map(([name, array, value]) => `${name}(${array}[*] == "${value}" or not lower(${array}[*])[*] contains "${value}")`);

const condition: fc.Arbitrary<string> = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    comparison,
    each,
    fc.constantFrom('dns.qry.qu', 'starts_with(http.host, "app")'),
    tie('condition').map((inner) => `(${inner})`),
    fc.tuple(fc.constantFrom('not ', '!', '! '), tie('condition')).map(([not, inner]) => `${not}(${inner})`),
    fc
      .tuple(tie('condition'), fc.constantFrom('and', '&&', 'xor', '^^', 'or', '||'), tie('condition'))
      .map(([left, operator, right]) => `${left} ${operator} ${right}`),
    fc
      .tuple(tie('condition'), fc.constantFrom('and', '&&', 'xor', '^^', 'or', '||'), tie('condition'))
      .map(([left, operator, right]) => `(${left})${operator}(${right})`),
  ),
})).condition;

const anyRequest = fc
  .record({
    host: fc.constantFrom('app.example.com', 'a', 'B.a'),
    path: fc
      .array(fc.constantFrom('a', 'B', '?', '=', '&', '%2B', '\u00c3\u00a9', '*'), { maxLength: 8 })
      .map((parts) => `/${parts.join('')}`),
    headers: fc.array(plain, { maxLength: 2 }).map((values) => values.flatMap((value) => ['X-Tag', value])),
    clientIp: fc.constantFrom('203.0.113.7', '10.0.0.10', '2001:db8::5'),
  })
  .map((changes) => fieldValues('lb', request(changes)));

describe('an expression that is printed and read again', () => {
  test('means the same, and is printed the same', () => {
    fc.assert(
      fc.property(condition, fc.array(anyRequest, { minLength: 1, maxLength: 5 }), (text, requests) => {
        fc.pre(text.length < 1500);
        const printed = printExpression(text);
        expect(printExpression(printed)).toBe(printed);
        const [written, read] = [compileExpression(text), compileExpression(printed)];
        for (const values of requests) expect(read.matches(values), printed).toBe(written.matches(values));
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['(http.host=="a")', 'http.host eq "a"'],
    ['((dns.qry.qu) && (dns.rr.opt.client)) || !dns.qry.qu', 'dns.qry.qu and dns.rr.opt.client or not dns.qry.qu'],
    ['dns.qry.qu and (dns.qry.qu or dns.qry.qu)', 'dns.qry.qu and (dns.qry.qu or dns.qry.qu)'],
    ['(dns.qry.qu and dns.qry.qu) and dns.qry.qu', 'dns.qry.qu and dns.qry.qu and dns.qry.qu'],
    ['!(dns.qry.qu ^^ dns.qry.qu)', 'not (dns.qry.qu xor dns.qry.qu)'],
    ['not (not dns.qry.qu)', 'not not dns.qry.qu'],
    ['http.host~"a\\\\.b"', 'http.host matches r"a\\\\.b"'],
    ['http.host ~ r#"a"b"#', 'http.host matches "a\\"b"'],
    ['http.host == r"a\\b"', 'http.host eq r"a\\b"'],
    ['http.host in {"a"   "b"}', 'http.host in {"a" "b"}'],
    [
      'ip.src in {2001:0DB8:0::/32 ::FFFF:10.0.0.0/104 10.0.0.1..10.0.0.2}',
      'ip.src in {2001:db8::/32 10.0.0.0/8 10.0.0.1..10.0.0.2}',
    ],
    ['any(lower(http.request.headers ["a"] [*])[*]=="b")', 'any(lower(http.request.headers["a"][*])[*] eq "b")'],
    ['substring(http.host,-3 , -1) == "co"', 'substring(http.host, -3, -1) eq "co"'],
  ])('%s is %s', (text, canonical) => {
    expect(printExpression(text)).toBe(canonical);
  });
});

describe('arbitrary text', () => {
  const word = fc.constantFrom(
    ...['http.host', 'ip.src', 'any', 'lower', 'not', 'and', 'or', 'xor', 'in', 'eq', 'matches', 'strict', 'wildcard'],
    ...[
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      '*',
      ',',
      '..',
      '"a"',
      'r#"',
      '"',
      '5',
      '-',
      '10.0.0.0/8',
      '::1',
      '$x',
      '!',
      '==',
    ],
    ...['http.request.headers', '["a"]', '[*]', '~', '<', '&&', '\\', "'", '#', '"(?i)["', '\u0000', '\ud800'],
  );

  test.each([
    ['characters', fc.string({ unit: 'binary', maxLength: 60 })],
    ['words', fc.array(word, { maxLength: 25 }).map((words) => words.join(' '))],
    ['words without space', fc.array(word, { maxLength: 25 }).map((words) => words.join(''))],
    [
      'good expressions with a slip',
      fc
        .tuple(condition, fc.nat(), word)
        .map(([text, at, slip]) => text.slice(0, at % (text.length + 1)) + slip + text.slice(at % (text.length + 1))),
    ],
  ])('of %s is accepted, or refused with a place inside it', (_what, texts) => {
    fc.assert(
      fc.property(texts, (text) => {
        try {
          compileExpression(text).matches(fieldValues('lb', request()));
        } catch (error) {
          if (!(error instanceof ExpressionError)) throw error;
          expect(error.position).toBeGreaterThanOrEqual(0);
          expect(error.length).toBeGreaterThanOrEqual(0);
          expect(error.position + error.length).toBeLessThanOrEqual(text.length);
          const [shown = '', caret = ''] = error.caret().split('\n');
          expect(caret).toMatch(/^ *\^+$/);
          expect(caret.length).toBeLessThanOrEqual(shown.length + 1);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
