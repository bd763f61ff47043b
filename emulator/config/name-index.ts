import { didYouMean } from '../../runtime/did-you-mean.js';
import { derivedHex32, derivedUuid } from '../../runtime/ids.js';
import type { Kind, Problem } from '../state/state.types.js';
import type { Item } from './sections.js';

/** Reports one problem. */
export type Report = (problem: Problem) => void;

const UUID_KINDS: ReadonlySet<Kind> = new Set(['tunnels', 'virtual_networks', 'routes']);

/** The id of an object that gives none: the same for the same account, kind and names. */
export function derivedId(accountId: string, kind: Kind, ...names: string[]): string {
  return UUID_KINDS.has(kind) ? derivedUuid(accountId, kind, ...names) : derivedHex32(accountId, kind, ...names);
}

/** The objects of one kind by name, for those that refer to them. */
export class NameIndex {
  private readonly idByName = new Map<string, string>();
  private readonly ids = new Set<string>();

  constructor(
    /** For people, e.g. `pool`. */
    private readonly noun: string,
    private readonly section: string,
    private readonly report: Report,
  ) {}

  add(name: string, id: string): void {
    if (!this.idByName.has(name)) this.idByName.set(name, id);
    this.ids.add(id);
  }

  has(id: string): boolean {
    return this.ids.has(id);
  }

  /** The id behind a name, or the id itself. Reports what is neither, and then gives the text back. */
  resolve(text: string, path: Problem['path']): string {
    const id = this.idByName.get(text) ?? (this.ids.has(text) ? text : undefined);
    if (id === undefined) this.report({ path, code: 'unknown_reference', message: this.unknown(text) });
    return id ?? text;
  }

  private unknown(text: string): string {
    const names = [...this.idByName.keys()];
    const asked = `is ${JSON.stringify(text)}, but no ${this.noun} has that name`;
    if (names.length === 0) return `${asked}; there is none yet: add it under ${this.section}`;
    const suggestion = didYouMean(text, names);
    return `${asked}${suggestion}${suggestion === '' ? ';' : ''} there ${names.length === 1 ? 'is' : 'are'}: ${names.join(', ')}`;
  }
}

/** An index of a section. Elements with problems are in it too. */
export function indexOf(
  kind: Kind,
  noun: string,
  items: readonly Item<unknown>[],
  accountId: string,
  report: Report,
): NameIndex {
  const index = new NameIndex(noun, kind, report);
  for (const { name, id } of items) if (name !== undefined) index.add(name, id ?? derivedId(accountId, kind, name));
  return index;
}
