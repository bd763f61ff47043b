import type * as z from 'zod';
import { closest } from '../../runtime/did-you-mean.js';
import type { Problem } from './state.types.js';

type Path = Problem['path'];

export interface UnknownKey {
  readonly problem: Problem;
  /** The path of the key that was probably meant. */
  readonly meant?: Path;
}

/** Every key in `value` that the schema does not name. A walk of our own: the schemas themselves let such keys pass. */
export function* unknownKeys(schema: z.core.$ZodType, value: unknown, path: Path = []): Generator<UnknownKey> {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'object': {
      if (!isMapping(value)) return;
      const allowed = Object.keys(def.shape);
      for (const [key, part] of Object.entries(value)) {
        const known = Object.hasOwn(def.shape, key) ? def.shape[key] : undefined;
        if (known) yield* unknownKeys(known, part, [...path, key]);
        else yield unknownKey(key, allowed, path);
      }
      return;
    }
    case 'union': {
      // Told apart by one key, such as the type of a fault. Without it nobody can say which keys are meant.
      const option = def.options.find((each) => saysOf(def, each, value)) ?? onlyOfItsType(def.options, value);
      if (option) yield* unknownKeys(option, value, path);
      return;
    }
    case 'array':
      if (Array.isArray(value)) {
        for (const [index, part] of value.entries()) yield* unknownKeys(def.element, part, [...path, index]);
      }
      return;
    case 'record':
      if (isMapping(value)) {
        for (const [key, part] of Object.entries(value)) yield* unknownKeys(def.valueType, part, [...path, key]);
      }
      return;
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
      yield* unknownKeys(def.innerType, value, path);
      return;
    default:
  }
}

function saysOf(def: z.core.$ZodUnionDef, option: z.core.$ZodType, value: unknown): boolean {
  const { discriminator } = def as Partial<z.core.$ZodDiscriminatedUnionDef>;
  if (discriminator === undefined || !isMapping(value)) return false;
  return option._zod.propValues?.[discriminator]?.has(value[discriminator] as z.core.util.Primitive) === true;
}

/** The one option that a list, or a mapping, can be meant as. */
function onlyOfItsType(options: readonly z.core.$ZodType[], value: unknown): z.core.$ZodType | undefined {
  const type = Array.isArray(value) ? 'array' : isMapping(value) ? 'object' : undefined;
  const fitting = options.filter((each) => each._zod.def.type === type);
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** What people write who know the thing, or another product, but not the key's name. By what they write, the keys that may be meant. */
const MEANT: ReadonlyMap<string, readonly string[]> = new Map([
  ['expression', ['condition']],
  ['status', ['status_code']],
  ['body', ['message_body']],
  ['countries', ['topology.countries']],
  ['pops', ['topology.pops']],
  ['percent', ['default_percent']],
  ['endpoints', ['origins']],
  ['pools', ['default_pools', 'overrides.default_pools']],
  ['fallback', ['fallback_pool']],
  ['policy', ['steering_policy', 'default_policy']],
  ['affinity', ['session_affinity']],
  ['secret', ['tunnel_secret']],
]);

/** What faults can be limited to, though not each type to all of it (docs/faults.md). */
const MATCH_KEYS: ReadonlySet<string> = new Set([
  ...['host', 'path', 'method', 'header', 'country', 'data_center', 'region'],
  ...['pool', 'endpoint', 'tunnel', 'connector'],
]);

function unknownKey(key: string, allowed: readonly string[], path: Path): UnknownKey {
  if (path.at(-1) === 'match' && allowed.includes('data_center') && MATCH_KEYS.has(key)) {
    const message = `is of no meaning for a fault of this type; allowed: ${allowed.join(', ')}`;
    return { problem: { path: [...path, key], code: 'unknown_key', message } };
  }
  const meant = MEANT.get(key)?.find((each) => allowed.includes(each.split('.', 1)[0] ?? '')) ?? closest(key, allowed);
  const suggestion = meant === undefined ? ';' : `; did you mean ${JSON.stringify(meant)}?`;
  return {
    problem: {
      path: [...path, key],
      code: 'unknown_key',
      message: `is not a known key${suggestion} allowed: ${allowed.join(', ')}`,
    },
    ...(meant === undefined ? {} : { meant: [...path, ...meant.split('.')] }),
  };
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
