import * as z from 'zod';
import { type DeletedObjects, NOTHING_DELETED } from '../deleted.js';
import { deepFreeze, KINDS } from '../draft.js';
import { problemsOf } from '../issues.js';
import { restoreObject } from '../restore.js';
import { accessSchema } from '../schemas/access.js';
import { clientRuleSchema, dataCentersSchema, locationRuleSchema } from '../schemas/places.js';
import { accountSchema, settingsSchema } from '../schemas/settings.js';
import type { AccountSnapshot, Kind, ObjectOf, Problem } from '../state.types.js';
import { validate } from '../validate/index.js';
import { ValidationError } from '../validation-error.js';
import type { PARTS } from './changed-entries.js';
import { type Entries, keyOf } from './entries.js';
import { stateDamaged, stateInvalid } from './errors.js';

export interface LoadedAccount {
  readonly account: AccountSnapshot;
  /** Of the entries that have one. */
  readonly positions: ReadonlyMap<string, number>;
}

const PART_SCHEMAS = {
  account: accountSchema,
  settings: settingsSchema,
  data_centers: dataCentersSchema,
  clients: z.array(clientRuleSchema),
  locations: z.array(locationRuleSchema),
  access: accessSchema,
  revision: z.int().min(0),
} as const satisfies Record<(typeof PARTS)[number], z.ZodType>;

const placedSchema = z.object({ position: z.int().min(0), value: z.record(z.string(), z.unknown()) });
const deletedSchema = z.object({ object: z.record(z.string(), z.unknown()), deleted_at: z.number() });
const digestSchema = z.object({ name: z.string(), digest: z.string() });

type Maps = { [K in Kind]: Map<string, ObjectOf<K>> };
type DeletedMaps = Record<string, Map<string, unknown>>;

/** As many problems are named. */
const MOST_PROBLEMS = 5;

/**
 * The account that entries of the newest form tell of: every object checked by itself, and all of them together.
 *
 * @throws STATE_DAMAGED, STATE_INVALID
 */
export function loadAccount(entries: Entries, folder: string): LoadedAccount {
  const maps = Object.fromEntries(KINDS.map((kind) => [kind, new Map()])) as unknown as Maps;
  const deleted: DeletedMaps = Object.fromEntries(Object.keys(NOTHING_DELETED).map((kind) => [kind, new Map()]));
  const file = new Map<string, string>();
  const positions = new Map<string, number>();
  const problems: Problem[] = [];

  const read = <T>(schema: z.ZodType<T>, key: string, value: unknown): T => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const [problem] = problemsOf(parsed.error.issues, value, []);
    const path = problem?.path.join('.') ?? '';
    throw stateDamaged({ folder, where: key, why: `${path} ${problem?.message ?? 'is not valid'}`.trim() });
  };
  const restored = (kind: Kind, value: unknown): ObjectOf<Kind> | undefined => {
    try {
      return restoreObject(kind, value, maps);
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };

  for (const { key, section, kind, position, value } of inOrder(entries, read)) {
    positions.set(key, position);
    if (!isKnown(kind, section === 'object' ? maps : deleted)) {
      problems.push({ path: [key], code: 'unknown_kind', message: 'is of a kind that it does not have' });
      continue;
    }
    const kept = section === 'object' ? { object: value, deleted_at: 0 } : read(deletedSchema, key, value);
    const object = restored(kind, kept.object);
    if (!object) continue;
    if (keyOf(section, kind, object.id) !== key) {
      throw stateDamaged({ folder, where: key, why: `has another object in its place: ${kind} ${object.id}` });
    }
    if (section === 'object') (maps[kind] as Map<string, ObjectOf<Kind>>).set(object.id, object);
    else deleted[kind]?.set(object.id, Object.freeze({ object, deleted_at: kept.deleted_at }));
  }
  for (const [key, value] of entries) {
    if (!key.startsWith('file/')) continue;
    const { name, digest } = read(digestSchema, key, value);
    file.set(name, digest);
  }

  const part = <P extends (typeof PARTS)[number]>(name: P): AccountSnapshot[P] => {
    const key = keyOf('part', name);
    return deepFreeze(read<unknown>(PART_SCHEMAS[name], key, entries.get(key))) as AccountSnapshot[P];
  };
  const account: AccountSnapshot = Object.freeze({
    revision: part('revision'),
    account: part('account'),
    settings: part('settings'),
    data_centers: part('data_centers'),
    clients: part('clients'),
    locations: part('locations'),
    access: part('access'),
    ...maps,
    deleted: Object.freeze(deleted) as unknown as DeletedObjects,
    file,
  });
  // What is wrong with one object makes others wrong that refer to it.
  if (problems.length === 0) problems.push(...validate(account, account));
  if (problems.length > 0) throw stateInvalid({ folder, problems: described(problems) });
  return { account, positions };
}

interface Placed {
  readonly key: string;
  readonly section: 'object' | 'deleted';
  readonly kind: string;
  readonly position: number;
  readonly value: unknown;
}

/** Objects and deleted ones, as they were accepted. */
function inOrder(entries: Entries, read: <T>(schema: z.ZodType<T>, key: string, value: unknown) => T): Placed[] {
  const placed: Placed[] = [];
  for (const [key, entry] of entries) {
    const [section, kind = ''] = key.split('/', 2);
    if (section === 'object' || section === 'deleted') {
      placed.push({ key, section, kind, ...read(placedSchema, key, entry) });
    }
  }
  return placed.sort((a, b) => a.position - b.position);
}

function isKnown(kind: string, known: object): kind is Kind {
  return Object.hasOwn(known, kind);
}

function described(problems: readonly Problem[]): string {
  const shown = problems.slice(0, MOST_PROBLEMS).map(({ path, message }) => `${path.join('.')}: ${message}`);
  const more = problems.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}
