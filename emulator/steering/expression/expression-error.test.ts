import { describe, expect, test } from 'vitest';
import { refusal } from './expression.fixture.js';
import { compileExpression, printExpression } from './index.js';
import { DEEPEST, LONGEST } from './parser.js';

describe('a refused expression', () => {
  test('says what is wrong, where, and what to do', () => {
    const error = refusal('http.host == "a" and\n\tip.src contains "10."');
    expect(error).toMatchObject({
      code: 'EXPRESSION_INVALID',
      kind: 'user',
      message: 'contains compares strings, and this is of type IP address',
      fix: 'compare numbers with eq, ne, lt, le, gt, ge, in; addresses with eq, ne, in',
      position: 29,
      length: 8,
      line: 2,
      column: 9,
    });
    expect(error.caret()).toBe(' ip.src contains "10."\n        ^^^^^^^^');
  });

  test('has its caret behind the last character when something is missing', () => {
    const error = refusal('http.host ==');
    expect([error.line, error.column, error.length]).toEqual([1, 13, 0]);
    expect(error.caret()).toBe('http.host ==\n            ^');
  });

  test('shows of a long line what is around the place', () => {
    const many = Array.from({ length: 40 }, () => 'http.host == "a"').join(' or ');
    const [shown = '', caret = ''] = refusal(`${many} or ssl or ${many}`).caret().split('\n');
    expect(shown).toMatch(/^\.\.\..* or ssl or .*\.\.\.$/);
    expect(shown.slice(caret.indexOf('^'), caret.lastIndexOf('^') + 1)).toBe('ssl');
    expect(shown.length).toBeLessThan(140);
  });

  test('that spans lines is marked up to the end of its first one', () => {
    expect(refusal('http.host == "a\nb').caret()).toBe('http.host == "a\n             ^^');
  });
});

describe('bounds', () => {
  test.each(['', ' \n\t'])('%j is empty', (text) => {
    expect(refusal(text).message).toBe('the expression is empty');
  });

  test(`of ${LONGEST} characters`, () => {
    const text = `http.host == "${'a'.repeat(LONGEST - 15)}"`;
    expect(text).toHaveLength(LONGEST);
    compileExpression(text);
    expect(refusal(`${text} `).message).toContain(`${LONGEST + 1} characters`);
    expect(refusal('('.repeat(1_000_000)).message).toContain('1000000 characters');
  });

  test.each([
    ['parentheses', (depth: number) => `${'('.repeat(depth)}dns.qry.qu${')'.repeat(depth)}`],
    ['not', (depth: number) => `${'not '.repeat(depth)}dns.qry.qu`],
    ['!', (depth: number) => `${'!'.repeat(depth)}dns.qry.qu`],
    ['calls', (depth: number) => `${'lower('.repeat(depth)}http.host${')'.repeat(depth)} == "a"`],
  ])(`of ${DEEPEST} levels of %s`, (_what, nested) => {
    compileExpression(nested(DEEPEST));
    expect(refusal(nested(DEEPEST + 1)).message).toContain(`deeper than ${DEEPEST}`);
  });

  test.each(['!', '(', 'lower(', 'a[', '[0]', 'any(not '])('%j without end is refused, not a full stack', (part) => {
    expect(refusal(part.repeat(LONGEST / part.length)).code).toBe('EXPRESSION_INVALID');
  });

  test('of indexes there are none, and the stack holds', () => {
    expect(refusal(`http.request.uri.args.names${'[0]'.repeat(1_300)} == "a"`).message).toContain('no such index');
    printExpression(`http.request.uri.args.names${'[0]'.repeat(1_300)} == "a"`);
  });

  test('do not limit how many conditions stand side by side', () => {
    compileExpression(Array.from({ length: 290 }, () => 'dns.qry.qu').join(' or '));
    compileExpression(`http.host in {${'"a" '.repeat(1000)}}`);
  });
});
