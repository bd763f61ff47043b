import { isDeepStrictEqual } from 'node:util';
import type * as z from 'zod';
import { problemsOf } from '../../state/issues.js';
import type { LeftOut } from './left-out.js';

type Path = LeftOut['path'];
type Leave = (leftOut: LeftOut) => void;

/** The least that has to be written of `value`, and what of it cannot be. */
export interface AsWritten {
  /** undefined when nothing has to be written. */
  readonly value: unknown;
  readonly leftOut: readonly LeftOut[];
}

/**
 * What a writer gives so that the schema reads `value`: without what the schema's defaults say already, in the
 * schema's order of keys, with the name in front. Keys and values that the schema does not have are left out, and
 * said. null is the same as absent where the schema has no null (docs/reference/api.md 2.2).
 */
export function asWritten(schema: z.core.$ZodType, value: unknown): AsWritten {
  const leftOut: LeftOut[] = [];
  const least = written(schema, value, [], (each) => leftOut.push(each));
  return { value: least, leftOut };
}

function written(schema: z.core.$ZodType, value: unknown, path: Path, leave: Leave): unknown {
  if (value === undefined) return undefined;
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'default':
    case 'prefault': {
      const inner = written(def.innerType, value, path, leave);
      return isDefault(schema, inner) ? undefined : inner;
    }
    case 'optional':
      return written(def.innerType, value, path, leave);
    case 'unknown':
      return value;
    case 'nullable':
      return value === null ? null : written(def.innerType, value, path, leave);
    case 'object':
      return isMapping(value) ? mapping(def, value, path, leave) : checked(schema, value, path, leave);
    case 'record': {
      if (!isMapping(value)) return checked(schema, value, path, leave);
      const { valueType } = def;
      const entries = Object.entries(value).map(([key, part]) => [
        key,
        written(valueType, part, [...path, key], leave),
      ]);
      return Object.fromEntries(entries.filter(([, part]) => part !== undefined));
    }
    case 'array': {
      if (!Array.isArray(value)) return checked(schema, value, path, leave);
      const { element } = def;
      const parts = value.map((part: unknown, index) => written(element, part, [...path, index], leave));
      return checked(
        schema,
        parts.filter((part) => part !== undefined),
        path,
        leave,
      );
    }
    case 'union': {
      const option = def.options.find((each) => (each as z.ZodType).safeParse(value).success);
      return option ? written(option, value, path, leave) : checked(schema, value, path, leave);
    }
    default:
      return checked(schema, value, path, leave);
  }
}

function mapping(
  def: z.core.$ZodObjectDef,
  value: Readonly<Record<string, unknown>>,
  path: Path,
  leave: Leave,
): Readonly<Record<string, unknown>> {
  const entries: [string, unknown][] = [];
  for (const key of inOrder(Object.keys(def.shape))) {
    const part = def.shape[key];
    const least = part && written(part, value[key], [...path, key], leave);
    if (least !== undefined) entries.push([key, least]);
  }
  for (const key of Object.keys(value)) {
    if (Object.hasOwn(def.shape, key) || value[key] === undefined) continue;
    leave({ path: [...path, key], message: 'is not a key of colocal.yaml' });
  }
  return Object.fromEntries(entries);
}

/** People know an object by its name: it stands in front, and its id behind it. */
function inOrder(keys: readonly string[]): readonly string[] {
  const [first = '', ...others] = keys.includes('name')
    ? ['name', ...keys.filter((key) => key !== 'name')]
    : keys.filter((key) => key !== 'id');
  return keys.includes('id') ? [first, 'id', ...others.filter((key) => key !== 'id')] : [first, ...others];
}

/** `value` when the schema has nothing against it as a whole; what is wrong with its parts is for whoever reads it. */
function checked(schema: z.core.$ZodType, value: unknown, path: Path, leave: Leave): unknown {
  if (value === null) return undefined;
  const parsed = (schema as z.ZodType).safeParse(value);
  const [problem] = parsed.success ? [] : problemsOf(parsed.error.issues, value, path);
  if (!problem || problem.path.length > path.length) return value;
  leave({ path, message: problem.message });
  return undefined;
}

function isDefault(schema: z.core.$ZodType, given: unknown): boolean {
  if (given === undefined) return true;
  const [absent, present] = [undefined, given].map((each) => (schema as z.ZodType).safeParse(each));
  return present?.success === true && isDeepStrictEqual(absent?.data, present.data);
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
