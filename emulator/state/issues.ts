import type * as z from 'zod';
import type { Problem } from './state.types.js';

type Issue = z.core.$ZodIssue;
type Path = readonly (string | number)[];

/** Fields whose value is never repeated: messages reach logs and terminals. */
const SECRETS: ReadonlySet<unknown> = new Set(['tunnel_secret', 'api_token', 'password']);

const SIZES: ReadonlySet<Issue['code']> = new Set(['too_big', 'too_small']);

/** What zod found wrong with `input`, as problems at `base`. Unknown keys are not among them: the schemas ignore those. */
export function problemsOf(issues: readonly Issue[], input: unknown, base: Path): Problem[] {
  const meant = issues.flatMap(asMeant);
  // The size of what is of the wrong type says nothing more.
  const wrong = new Set(meant.filter(({ code }) => code === 'invalid_type').map((issue) => keyOf(issue)));
  const telling = meant.filter((issue) => !SIZES.has(issue.code) || !wrong.has(keyOf(issue)));
  return telling.map((issue) => {
    const path = pathOf(issue);
    const value = valueAt(input, path);
    const is = SECRETS.has(path.at(-1)) ? '' : `; it is ${show(value)}`;
    return { path: [...base, ...path], ...describe(issue, value, is) };
  });
}

/** Of a union whose value is of one option's type, and only wrong inside: what is wrong there. */
function asMeant(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const meant = issue.errors.find((errors) => errors.length > 0 && errors.every(({ path }) => path.length > 0));
  if (!meant) return [issue];
  return meant.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })).flatMap(asMeant);
}

function keyOf(issue: Issue): string {
  return JSON.stringify(pathOf(issue));
}

function pathOf(issue: Issue): Path {
  return issue.path.filter((part): part is string | number => typeof part !== 'symbol');
}

/** `is` says what the value is, ready to be appended. */
function describe(issue: Issue, value: unknown, is: string): { code: string; message: string } {
  if (value === undefined) return { code: 'required', message: 'is required' };
  const own = /^(?:must|may) /.test(issue.message);
  switch (issue.code) {
    case 'invalid_type':
      return { code: 'wrong_type', message: own ? `${issue.message}${is}` : wrongType(issue.expected, value, is) };
    case 'invalid_value':
      return {
        code: 'not_allowed',
        message: own ? `${issue.message}${is}` : `must be ${alternatives(issue.values)}${is}`,
      };
    case 'too_small':
      return {
        code: 'out_of_range',
        message: own
          ? `${issue.message}${is}`
          : outOfRange(issue.origin, issue.minimum, issue.inclusive, 'least', value, is),
      };
    case 'too_big':
      return {
        code: 'out_of_range',
        message: own
          ? `${issue.message}${is}`
          : outOfRange(issue.origin, issue.maximum, issue.inclusive, 'most', value, is),
      };
    case 'invalid_format':
    case 'invalid_union':
    case 'custom':
      // The schemas give these their own text.
      return { code: 'invalid_format', message: `${issue.message}${is}` };
    case 'unrecognized_keys':
      return { code: 'unknown_key', message: `may not have the key ${issue.keys.join(', ')}` };
    case 'not_multiple_of':
    case 'invalid_key':
    case 'invalid_element':
      return { code: issue.code, message: `is not valid: ${issue.message}` };
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'an integer',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of keys to values',
  record: 'a mapping of keys to values',
};

function wrongType(expected: string, value: unknown, is: string): string {
  return `must be ${TYPE_NAMES[expected] ?? expected}${is}${quoting(expected, value)}`;
}

/** In YAML the quotes decide between text and number, and are easily forgotten. */
function quoting(expected: string, value: unknown): string {
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')) {
    return `; write it in quotes: "${value}"`;
  }
  const isNumeric = typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value));
  return (expected === 'number' || expected === 'int') && isNumeric ? '; write it without quotes' : '';
}

function outOfRange(
  origin: string,
  limit: number | bigint,
  inclusive: boolean | undefined,
  direction: 'least' | 'most',
  value: unknown,
  is: string,
): string {
  if (origin === 'string') {
    return direction === 'least' && value === ''
      ? 'must not be empty'
      : `must have at ${direction} ${limit} characters; it has ${String(value).length}`;
  }
  if (origin === 'array') {
    const count = Array.isArray(value) ? value.length : 0;
    return `must have at ${direction} ${limit} ${limit === 1 ? 'item' : 'items'}; it has ${count}`;
  }
  if (inclusive === false) return `must be ${direction === 'least' ? 'more' : 'less'} than ${limit}${is}`;
  return `must be at ${direction} ${limit}${is}`;
}

function alternatives(values: readonly z.core.util.Primitive[]): string {
  const shown = values.map((value) => (value === '' ? '""' : String(value)));
  return shown.length === 1 ? String(shown[0]) : `one of ${shown.join(', ')}`;
}

/** A value as a person would recognise it; long ones are cut. */
function show(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value);
  return String(value);
}

function valueAt(input: unknown, path: Path): unknown {
  let value = input;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[part];
  }
  return value;
}
