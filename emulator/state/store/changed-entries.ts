import { REMEMBERED_KINDS } from '../deleted.js';
import { KINDS } from '../draft.js';
import type { AccountSnapshot, Change } from '../state.types.js';
import { keyOf } from './entries.js';

/** What is not an object and not digests. All are written whole. */
export const PARTS = ['account', 'settings', 'data_centers', 'clients', 'locations', 'access', 'revision'] as const;

/** Gives the entries that a transaction wrote; `undefined` as a value: it is gone. */
export class ChangedEntries {
  /** Where an entry stands among those of its kind, so that they come back in their order. */
  private readonly positions = new Map<string, number>();
  private next = 0;

  /** Tells of an entry that was there from before. */
  know(key: string, position: number): void {
    this.positions.set(key, position);
    this.next = Math.max(this.next, position + 1);
  }

  *of(
    before: AccountSnapshot | undefined,
    after: AccountSnapshot,
    changes: readonly Change[],
  ): Generator<readonly [string, unknown]> {
    for (const part of PARTS) if (before?.[part] !== after[part]) yield [keyOf('part', part), after[part]];
    if (before) {
      for (const change of changes) yield this.entry(keyOf('object', change.kind, change.id), change.after);
    } else {
      for (const kind of KINDS) {
        for (const [id, object] of after[kind]) yield this.entry(keyOf('object', kind, id), object);
      }
    }
    for (const kind of REMEMBERED_KINDS) {
      const deleted = differences<unknown>(before?.deleted[kind], after.deleted[kind]);
      for (const [id, value] of deleted) yield this.entry(keyOf('deleted', kind, id), value);
    }
    for (const [name, digest] of differences(before?.file, after.file)) {
      yield [keyOf('file', name), digest === undefined ? undefined : { name, digest }];
    }
  }

  private entry(key: string, value: unknown): readonly [string, unknown] {
    if (value === undefined) {
      this.positions.delete(key);
      return [key, undefined];
    }
    let position = this.positions.get(key);
    if (position === undefined) {
      position = this.next++;
      this.positions.set(key, position);
    }
    return [key, { position, value }];
  }
}

/** Only maps that a transaction replaced are looked through. */
function* differences<T>(
  before: ReadonlyMap<string, T> | undefined,
  after: ReadonlyMap<string, T>,
): Generator<readonly [string, T | undefined]> {
  if (before === after) return;
  for (const [key, value] of after) if (before?.get(key) !== value) yield [key, value];
  for (const key of before?.keys() ?? []) if (!after.has(key)) yield [key, undefined];
}
