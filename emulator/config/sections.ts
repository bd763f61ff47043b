import type * as z from 'zod';
import { problemsOf } from '../state/issues.js';
import type { Problem } from '../state/state.types.js';
import { unknownKeys } from '../state/unknown-keys.js';
import { type ConfigFile, fileSchema } from './schema.js';

type SectionName = keyof ConfigFile;
type ListName = { [K in SectionName]: ConfigFile[K] extends readonly object[] ? K : never }[SectionName];

/** One element of a list of the file. */
export interface Item<T> {
  readonly at: readonly [section: string, index: number];
  /** What the file wrote, however wrong the rest is, so that references to it are not called wrong as well. */
  readonly name: string | undefined;
  readonly id: string | undefined;
  /** Absent when the element has problems. */
  readonly value?: T;
}

/** The file in typed parts. What has problems is left out, or has its defaults; the rest can be checked further. */
export type Sections = {
  readonly [K in SectionName]: K extends ListName
    ? ConfigFile[K] extends readonly (infer T)[]
      ? readonly Item<T>[]
      : never
    : ConfigFile[K];
};

export interface ParsedSections {
  readonly sections: Sections;
  readonly problems: Problem[];
  /** The paths of keys that are probably there, misspelt. */
  readonly misspelt: readonly Problem['path'][];
}

/** Reads every section by itself, so that one mistake does not hide the others. */
export function parseSections(value: Readonly<Record<string, unknown>>): ParsedSections {
  const unknown = [...unknownKeys(fileSchema, value)];
  const problems = unknown.map(({ problem }) => problem);
  const misspelt = unknown.flatMap(({ meant }) => (meant === undefined ? [] : [meant]));

  function section<K extends Exclude<SectionName, ListName>>(name: K): ConfigFile[K] {
    const schema: z.ZodType = fileSchema.shape[name];
    const parsed = schema.safeParse(value[name]);
    if (parsed.success) return parsed.data as ConfigFile[K];
    problems.push(...problemsOf(parsed.error.issues, value[name], [name]));
    return schema.parse(undefined) as ConfigFile[K];
  }

  function list<K extends ListName>(name: K): readonly Item<ConfigFile[K][number]>[] {
    const schema: z.ZodType = fileSchema.shape[name];
    const given = value[name];
    const parsed = schema.safeParse(given);
    if (!parsed.success) problems.push(...problemsOf(parsed.error.issues, given, [name]));
    if (!Array.isArray(given)) return [];
    const whole = parsed.success ? (parsed.data as ConfigFile[K]) : undefined;
    const broken = new Set(parsed.error?.issues.map((issue) => issue.path[0]));
    return given.map((element: unknown, index): Item<ConfigFile[K][number]> => {
      const item = { at: [name, index] as const, name: textAt(element, 'name'), id: textAt(element, 'id') };
      if (broken.has(index)) return item;
      const value = whole ? whole[index] : (schema.parse([element]) as ConfigFile[K])[0];
      return value === undefined ? item : { ...item, value };
    });
  }

  const sections: Sections = {
    account: section('account'),
    data_centers: section('data_centers'),
    listen: section('listen'),
    settings: section('settings'),
    clients: list('clients'),
    locations: list('locations'),
    zones: list('zones'),
    pools: list('pools'),
    monitors: list('monitors'),
    monitor_groups: list('monitor_groups'),
    tunnels: list('tunnels'),
    virtual_networks: list('virtual_networks'),
    private_load_balancers: list('private_load_balancers'),
    spectrum: list('spectrum'),
    access: section('access'),
    faults: list('faults'),
    clock: section('clock'),
    seed: section('seed'),
  };
  return { sections, problems, misspelt };
}

function textAt(value: unknown, key: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const text = (value as Readonly<Record<string, unknown>>)[key];
  return typeof text === 'string' ? text : undefined;
}
