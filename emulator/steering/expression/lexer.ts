import type { IntegerLiteral, ListItem, StringLiteral } from './ast.js';
import { type Refuse, refuser, type Span } from './expression-error.js';
import { parseBareLiteral } from './literals.js';

export type Token =
  | ({ readonly kind: 'name' | 'symbol' | 'end'; readonly text: string } & Span)
  | StringLiteral
  | IntegerLiteral;

/**
 * How quoted strings are read: `regexp` keeps backslashes, because they are the pattern's
 * (docs/reference/load-balancing.md 8.3). Raw strings are the same everywhere.
 */
export type Escaping = 'basic' | 'regexp';

const SPACE = /[ \t\r\n]*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*/y;
const SYMBOL = /==|!=|<=|>=|&&|\|\||\^\^|[<>~!()[\],{}*]/y;
const INTEGER = /-?[0-9]+(?![A-Za-z0-9_.:])/y;
const RAW_STRING = /r(#*)"/y;
/** What a literal without quotes may consist of, mistakes included, so that they are shown whole. */
const BARE = /[^\s(){}[\],"=<>!&|^~]+/y;
const MOST_HASHES = 255;

/**
 * Cuts an expression into tokens, as the parser asks for them: what may stand on the right of a comparison
 * (`10.0.0.0/8`, `fe80::1`, `1..5`) looks otherwise like something else.
 */
export class Lexer {
  readonly refuse: Refuse;
  private position = 0;
  private peeked: Token | undefined;

  constructor(readonly text: string) {
    this.refuse = refuser(text);
  }

  /** The next token, which stays the next one. */
  peek(): Token {
    this.peeked ??= this.read();
    return this.peeked;
  }

  take(): Token {
    const token = this.peek();
    this.peeked = undefined;
    return token;
  }

  /** True, and past it, when the next token is this symbol or word. */
  skip(text: string): boolean {
    const token = this.peek();
    const found = (token.kind === 'symbol' || token.kind === 'name') && token.text === text;
    if (found) this.take();
    return found;
  }

  /** True, and past it, when this brace comes next. As with `literal`, not after `peek`. */
  skipBrace(brace: '{' | '}'): boolean {
    this.match(SPACE);
    if (this.text[this.position] !== brace) return false;
    this.position++;
    return true;
  }

  /** How far the text is read, when nothing is peeked at. */
  get at(): number {
    return this.position;
  }

  /** Reads a literal, where only one may stand. Not after `peek`, which would have read something else. */
  literal(escaping: Escaping): ListItem {
    this.match(SPACE);
    const start = this.position;
    const string = this.string(escaping);
    if (string) return string;
    const bare = this.match(BARE)?.[0];
    if (bare === undefined) {
      const end = Math.min(this.text.length, start + 1);
      const what = start === end ? 'the expression ends' : `${JSON.stringify(this.text.slice(start, end))} stands`;
      throw this.refuse(
        { start, end },
        `${what} where a value is expected`,
        'write a "string", a number or an address',
      );
    }
    return parseBareLiteral(bare, { start, end: this.position }, this.refuse);
  }

  private read(): Token {
    this.match(SPACE);
    const start = this.position;
    if (start === this.text.length) return { kind: 'end', text: '', start, end: start };
    const string = this.string('basic');
    if (string) return string;
    const name = this.match(NAME);
    if (name) return { kind: 'name', text: name[0], start, end: this.position };
    const integer = this.match(INTEGER);
    if (integer) return { kind: 'integer', value: this.integer(integer[0], start), start, end: this.position };
    const symbol = this.match(SYMBOL);
    if (symbol) return { kind: 'symbol', text: symbol[0], start, end: this.position };
    throw this.unexpected(start);
  }

  private integer(text: string, start: number): number {
    const value = Number(text);
    if (Number.isSafeInteger(value)) return value;
    throw this.refuse({ start, end: this.position }, `${text} is too large a number`, 'use a smaller one');
  }

  private string(escaping: Escaping): StringLiteral | undefined {
    const start = this.position;
    const raw = this.match(RAW_STRING);
    if (raw) return this.rawString(start, raw[1] ?? '');
    if (this.text[start] !== '"') return undefined;
    let value = '';
    for (let at = start + 1; at < this.text.length; at++) {
      const character = this.text[at] ?? '';
      if (character === '"') {
        this.position = at + 1;
        return { kind: 'string', value, start, end: at + 1 };
      }
      if (character !== '\\') {
        value += character;
        continue;
      }
      at++;
      const escaped = this.text[at];
      if (escaped === undefined) break;
      if (escaped === '"' || (escaped === '\\' && escaping === 'basic')) value += escaped;
      else if (escaping === 'regexp') value += `\\${escaped}`;
      else throw this.badEscape(at);
    }
    throw this.endless(start, '"');
  }

  private rawString(start: number, hashes: string): StringLiteral {
    if (hashes.length > MOST_HASHES) {
      const span = { start, end: this.position };
      throw this.refuse(span, `a raw string has at most ${MOST_HASHES} #`, 'use fewer');
    }
    const begin = this.position;
    const end = this.text.indexOf(`"${hashes}`, begin);
    if (end < 0) throw this.endless(start, `"${hashes}`);
    this.position = end + 1 + hashes.length;
    return { kind: 'string', value: this.text.slice(begin, end), start, end: this.position };
  }

  private endless(start: number, missing: string) {
    return this.refuse({ start, end: this.text.length }, 'the string does not end', `close it with ${missing}`);
  }

  private badEscape(at: number) {
    const fix = 'only \\" and \\\\ may be escaped; a raw string, r"...", needs no escapes';
    return this.refuse({ start: at - 1, end: at + 1 }, `\\${this.text[at]} is no escape of a string`, fix);
  }

  private unexpected(start: number) {
    const character = String.fromCodePoint(this.text.codePointAt(start) ?? 0);
    const span = { start, end: start + character.length };
    const message = `${JSON.stringify(character)} means nothing here`;
    switch (character) {
      case '=':
        return this.refuse(span, message, 'equality is == or eq');
      case '&':
      case '|':
      case '^':
        return this.refuse(span, message, `write ${character}${character}, or its word (and, or, xor)`);
      case "'":
      case '`':
        return this.refuse(span, message, 'strings stand in double quotes');
      default:
        return this.refuse(span, message, 'remove it; docs/expressions.md has the whole language');
    }
  }

  private match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text);
    if (found) this.position = pattern.lastIndex;
    return found;
  }
}
