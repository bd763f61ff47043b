import { RE2JS } from 're2js';
import { messageOf } from '../../../runtime/errors.js';
import { textOf } from './bytes.js';
import { MAX_PATTERN_SIZE, patternSize } from './regexp-size.js';

export interface PatternProblem {
  readonly problem: string;
  readonly fix: string;
}

const HINT = 'write it another way; docs/expressions.md says what is refused';

/** What is a part of a pattern by itself: an escape, the opening of a group, a repetition, or one character. */
const PART = /\\[pPx]\{[^}]*\}|\\[\s\S]|\(\?|\{\d+(?:,\d*)?\}|[\s\S]/g;
/** A class such as `[:alpha:]`, which may stand inside brackets. */
const POSIX_CLASS = /\[:\^?\w+:\]/y;

/**
 * Compiles the pattern of `matches`. Rust's regular expressions and RE2's mean the same, but for some forms: those are
 * refused, so that a pattern that is accepted here means there what it means here.
 *
 * @returns whether a value contains a match; or what is wrong with the pattern
 */
export function compilePattern(pattern: string): ((value: string) => boolean) | PatternProblem {
  const difference = differenceOf(pattern);
  if (difference) return difference;
  const size = patternSize(pattern);
  if (size > MAX_PATTERN_SIZE) return tooLarge(size);
  try {
    const compiled = RE2JS.compile(pattern);
    return (value) => compiled.test(textOf(value));
  } catch (error) {
    const why = messageOf(error).replace(/^error parsing regexp: /, '');
    return { problem: `the regular expression is not understood: ${why}`, fix: HINT };
  }
}

function tooLarge(size: number): PatternProblem {
  const steps = `${size.toLocaleString('en')} steps, and ${MAX_PATTERN_SIZE.toLocaleString('en')} are allowed`;
  return {
    problem: `the regular expression is too large: with its counts multiplied it takes ${steps}`,
    fix: 'use smaller counts, such as {0,50}, or * and +; for many whole values use in {...}',
  };
}

/** The first form that means something else in Rust, or nothing. */
function differenceOf(pattern: string): PatternProblem | undefined {
  PART.lastIndex = 0;
  let classStart = -1;
  for (let part = PART.exec(pattern); part; part = PART.exec(pattern)) {
    const [text] = part;
    const problem =
      text[0] === '\\' ? escapeProblem(text, pattern[PART.lastIndex]) : otherProblem(part, classStart >= 0, pattern);
    if (problem !== undefined) return { problem: `the regular expression ${problem}`, fix: HINT };
    if (classStart < 0) {
      if (text !== '[') continue;
      classStart = PART.lastIndex;
      // A bracket that comes first is a character of the class.
      if (pattern[classStart] === '^') classStart++;
      PART.lastIndex = pattern[classStart] === ']' ? classStart + 1 : classStart;
    } else if (text === ']') {
      classStart = -1;
    } else if (text === '[') {
      POSIX_CLASS.lastIndex = part.index;
      if (POSIX_CLASS.test(pattern)) PART.lastIndex = POSIX_CLASS.lastIndex;
    }
  }
  return undefined;
}

function escapeProblem(text: string, next: string | undefined): string | undefined {
  const letter = text.slice(1, 2);
  if (/\d/.test(letter)) return `has ${text}: back-references and octal numbers are not known`;
  if (/[QEC]/.test(letter)) return `has ${text}, which is not known`;
  if (/[<>]/.test(letter)) return `has ${text}, which is the edge of a word there and a character here`;
  if (/[bB]/.test(letter) && next === '{') return `has ${text}{, which is not supported`;
  if (text.startsWith('^', 3)) return `has ${text}: write \\P{...} for the opposite`;
  return undefined;
}

function otherProblem({ 0: text, index }: RegExpExecArray, inClass: boolean, pattern: string): string | undefined {
  if (inClass) {
    const pair = pattern.slice(index, index + 2);
    if (pair === '&&' || pair === '--' || pair === '~~') {
      return `has ${pair} inside a class, which takes classes apart there and is characters here`;
    }
    if (text !== '[') return undefined;
    POSIX_CLASS.lastIndex = index;
    return POSIX_CLASS.test(pattern) ? undefined : 'has a class inside a class: escape the inner [ or write one class';
  }
  if (text === '{') return 'has a { that begins no repetition: escape it';
  if (text !== '(?') return undefined;
  const group = /^\(\?(?:P?<[A-Za-z_]\w*>|([imsU]*(?:-[imsU]+)?)[:)])/.exec(pattern.slice(index));
  return group ? undefined : `has a group of a kind that is not supported: ${pattern.slice(index, index + 4)}`;
}
