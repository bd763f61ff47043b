import { type Entries, FORM_KEY } from './entries.js';

/** Turns entries of one form into those of the next, in place. It may add, change and remove any. */
export type Migration = (entries: Entries) => void;

/**
 * Steps from each form to the next: the first from 1 to 2. Whoever changes what an entry means adds a step, and a
 * test with entries as they were. A field with a default needs none: objects that lack it get it when they are read.
 */
export const MIGRATIONS: readonly Migration[] = [];

/** The form that is written with these steps. */
export function formAfter(migrations: readonly Migration[]): number {
  return migrations.length + 1;
}

/** The entries in the newest form, and what has to be written for that. `form` is what they are in. */
export function migrate(
  before: ReadonlyMap<string, unknown>,
  form: number,
  migrations: readonly Migration[],
): { readonly entries: Entries; readonly changed: Entries } {
  const entries: Entries = new Map(before);
  const steps = migrations.slice(form - 1);
  if (steps.length === 0) return { entries, changed: new Map() };
  // A step may write into what it is given.
  for (const [key, value] of entries) entries.set(key, structuredClone(value));
  for (const step of steps) step(entries);
  entries.set(FORM_KEY, formAfter(migrations));
  const changed: Entries = new Map(entries);
  for (const key of before.keys()) if (!entries.has(key)) changed.set(key, undefined);
  return { entries, changed };
}
