import { didYouMean } from '../../../runtime/did-you-mean.js';
import { lowerCase, upperCase } from './bytes.js';
import type { FieldValues } from './field-values.js';
import type { Single, Type, Value } from './types.js';
import { urlDecode } from './url-decode.js';

export type Evaluate = (fields: FieldValues) => Value | undefined;

export interface Parameter {
  /** What it may be; several: any of them. */
  readonly types: readonly Type[];
  readonly optional?: true;
  /** Literals are refused, or nothing else than one of these strings is accepted. */
  readonly literal?: 'refused' | readonly string[];
}

export interface FunctionDefinition {
  readonly parameters: readonly Parameter[];
  /** The last parameter may be repeated, always with the first one's type. */
  readonly repeats?: true;
  /** The type of the result, by that of the first argument. */
  result(first: Type): Type;
  /** Binds the further arguments. What it returns is called with the first one's value, which is not missing. */
  bind(further: readonly Evaluate[]): (first: Value, fields: FieldValues) => Value | undefined;
}

type Items = readonly Single[];

const FIELD: Parameter = { types: ['String'], literal: 'refused' };
const STRING: Parameter = { types: ['String'] };
const INTEGER: Parameter = { types: ['Integer'] };
const MISSING: Evaluate = () => undefined;

/** Compares the beginning or end of strings. */
const affix = (has: (whole: string, part: string) => boolean): FunctionDefinition => ({
  parameters: [FIELD, STRING],
  result: () => 'Boolean',
  bind:
    ([part = MISSING]) =>
    (whole, fields) => {
      const value = part(fields);
      return value === undefined ? undefined : has(whole as string, value as string);
    },
});

const letters = (change: (text: string) => string): FunctionDefinition => ({
  parameters: [STRING],
  result: () => 'String',
  bind: () => (text) => change(text as string),
});

/** The functions, but for `any` and `all`, which the check knows itself (docs/reference/load-balancing.md 8.4). */
export const FUNCTIONS: ReadonlyMap<string, FunctionDefinition> = new Map<string, FunctionDefinition>([
  ['lower', letters(lowerCase)],
  ['upper', letters(upperCase)],
  ['starts_with', affix((whole, part) => whole.startsWith(part))],
  ['ends_with', affix((whole, part) => whole.endsWith(part))],
  [
    'len',
    {
      parameters: [{ types: ['String', 'Array<String>', 'Array<Integer>', 'Array<Boolean>'] }],
      result: () => 'Integer',
      bind: () => (value) => (value as string | readonly unknown[]).length,
    },
  ],
  [
    'concat',
    {
      parameters: [{ types: ['String', 'Array<String>', 'Array<Integer>', 'Array<Boolean>'] }],
      repeats: true,
      result: (first) => first,
      bind: (further) => (first, fields) => {
        let whole = first;
        for (const part of further) {
          const value = part(fields);
          if (value === undefined) return undefined;
          whole = typeof whole === 'string' ? whole + (value as string) : [...(whole as Items), ...(value as Items)];
        }
        return whole;
      },
    },
  ],
  [
    'substring',
    {
      parameters: [FIELD, INTEGER, { ...INTEGER, optional: true }],
      result: () => 'String',
      bind: ([start = MISSING, end]) => {
        // slice() counts just so: negative from the end, the end excluded.
        if (!end) {
          return (text, fields) => {
            const from = start(fields);
            return from === undefined ? undefined : (text as string).slice(from as number);
          };
        }
        return (text, fields) => {
          const [from, to] = [start(fields), end(fields)];
          if (from === undefined || to === undefined) return undefined;
          return (text as string).slice(from as number, to as number);
        };
      },
    },
  ],
  [
    'url_decode',
    {
      parameters: [FIELD, { types: ['String'], optional: true, literal: ['r', 'u', 'ur'] }],
      result: () => 'String',
      bind: ([options]) => {
        // The check lets nothing but a literal pass, which has a value without any request.
        const letters = String(options?.(undefined as never) ?? '');
        const chosen = { repeatedly: letters.includes('r'), unicode: letters.includes('u') };
        return (text) => urlDecode(text as string, chosen);
      },
    },
  ],
]);

export const FUNCTION_NAMES = ['any', 'all', ...FUNCTIONS.keys()];

/** Functions of the language that belong to other products (8.4). */
const RESTRICTED = new Set([
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
]);

const UNSUPPORTED = new Set(['remove_bytes', 'lookup_json_string', 'lookup_json_integer', 'is_timed_hmac_valid_v0']);

/** Why a function that is not in the table cannot be called. */
export function whyNoFunction(name: string): string {
  if (RESTRICTED.has(name)) return `${name}() is not available in load balancer rules`;
  if (UNSUPPORTED.has(name)) return `${name}() is not supported by colocal`;
  return `there is no function ${name}()${didYouMean(name, FUNCTION_NAMES)}`;
}
