import * as z from 'zod';
import { SCHEMAS } from '../../../state/schemas/index.js';
import type { AccountSnapshot, Problem } from '../../../state/state.types.js';
import type { Refused } from '../../endpoint.js';
import { ApiError, apiError, type ErrorItem } from '../../errors.js';
import { fieldOf, pointerOf, problemText } from '../../problem-text.js';

/** docs/reference/api.md section 3, the load-balancing service. */
export function refusal(problems: readonly Problem[], asked: Refused): ApiError {
  if (problems.some(({ code }) => code === 'referenced')) {
    return apiError(412, 1005, 'This object is referenced by other objects, delete them first.');
  }
  if (problems.every(isTakenName)) return apiError(400, 1003, 'value not unique');
  return new ApiError(
    400,
    problems.map((problem) => itemOf(problem, asked)),
  );
}

/** The name of the object itself; what stands twice inside it is only wrong. */
function isTakenName({ code, path }: Problem): boolean {
  return code === 'not_unique' && path.length === 3 && path[2] === 'name';
}

function itemOf(problem: Problem, asked: Refused): ErrorItem {
  return {
    code: 1002,
    message: `${detailOf(problem, asked)}: validation failed`,
    source: { pointer: pointerOf(problem.path) },
  };
}

/** Plans hold so many endpoints in a pool, where nobody has bought more (docs/reference/api.md 2.2). */
const MOST_ORIGINS = 20;

/** In the service's words where they are known; else in ours, which begin with the field too. */
function detailOf(problem: Problem, { body, account }: Refused): string {
  const field = fieldOf(problem.path);
  const value = valueAt(body, problem.path.slice(2));
  switch (problem.code) {
    case 'uncovered_address':
    case 'host_not_allowed':
      // What to do about it comes behind.
      return problem.message.split('; ', 1)[0] ?? problem.message;
    case 'outside_zone':
      return typeof value === 'string' ? `invalid hostname: ${value}` : problemText(problem);
    case 'invalid_format':
      if (problem.path[0] !== 'load_balancers' || field !== 'name') return problemText(problem);
      return `invalid hostname: ${String(value)}`;
    case 'unknown_region':
      return `invalid region ${JSON.stringify(problem.path.at(-1))}`;
    case 'not_allowed':
      return problem.path[2] === 'check_regions' ? `invalid region ${JSON.stringify(value)}` : problemText(problem);
    case 'out_of_range': {
      if (field === 'origins') return `the origin list length must be in range [1, ${MOST_ORIGINS}]`;
      const range = problem.range ?? rangeOf(problem.path, account);
      return range ? `${field} is not in range [${range.join(', ')}]` : problemText(problem);
    }
    default:
      return problemText(problem);
  }
}

/** Between which numbers the schema wants a field to be; undefined when it is not a number. */
function rangeOf([kind, , ...path]: Problem['path'], account: AccountSnapshot): Problem['range'] {
  if (typeof kind !== 'string' || !isKind(kind)) return undefined;
  const schema = path.reduce<z.core.$ZodType | undefined>((at, part) => at && stepInto(at, part), SCHEMAS[kind]);
  const number = schema && unwrapped(schema);
  if (!(number instanceof z.ZodNumber)) return undefined;
  const [least, most] = [number.minValue ?? 0, number.maxValue ?? Number.MAX_SAFE_INTEGER];
  const isInterval = kind === 'monitors' && path[0] === 'interval';
  return [isInterval ? account.settings.minimum_monitor_interval : least, most];
}

function isKind(kind: string): kind is keyof typeof SCHEMAS {
  return Object.hasOwn(SCHEMAS, kind);
}

function stepInto(schema: z.core.$ZodType, part: string | number): z.core.$ZodType | undefined {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodObject) return inner.shape[part] as z.core.$ZodType | undefined;
  if (inner instanceof z.ZodArray) return inner.element;
  return inner instanceof z.ZodRecord ? inner.valueType : undefined;
}

/** Without what says that it may be absent, or null. */
function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  return 'innerType' in def ? unwrapped(def.innerType) : schema;
}

function valueAt(body: unknown, path: Problem['path']): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null
        ? (value as Readonly<Record<string | number, unknown>>)[part]
        : undefined,
    body,
  );
}

/** A load balancer, pool, monitor or monitor group that does not exist. */
export const notFound =
  (noun: string) =>
  (id: string): ApiError =>
    apiError(404, 1001, `${noun} ${id} not found`);
