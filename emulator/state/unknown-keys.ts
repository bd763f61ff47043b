import type * as z from 'zod';
import { closest, didYouMean } from './did-you-mean.js';
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

function unknownKey(key: string, allowed: readonly string[], path: Path): UnknownKey {
  const suggestion = didYouMean(key, allowed);
  const message = `is not a known key${suggestion}${suggestion === '' ? ';' : ''} allowed: ${allowed.join(', ')}`;
  const meant = closest(key, allowed);
  return {
    problem: { path: [...path, key], code: 'unknown_key', message },
    ...(meant === undefined ? {} : { meant: [...path, meant] }),
  };
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
