import { copyOf, type EditableMap } from '../../runtime/layered-map.js';

/**
 * Finds what a host name stands for: an exact name, else the wildcard that is closest to it.
 *
 * `*.example.com` covers `a.example.com` and `a.b.example.com`, but nothing below a name that exists: with a
 * record `b.example.com`, `a.b.example.com` has no answer. That is how DNS wildcards work (RFC 4592 2.2.1, 3.3.1);
 * docs/reference/load-balancing.md 1.1 says only that the more specific name wins.
 */
export interface HostIndex<T> {
  /** `host` in lower case, without port. */
  find(host: string): T | undefined;
  /** An index in which these names stand for something else; undefined: for nothing. This one stays as it is. */
  changed(names: ReadonlyMap<string, T | undefined>): HostIndex<T>;
}

/** `names` in lower case, exact or `*.` wildcards; a zone root is an exact name like any other. */
export function buildHostIndex<T>(names: ReadonlyMap<string, T>): HostIndex<T> {
  return new Index<T>(new Map(), new Map(), new Map()).changed(names);
}

class Index<T> implements HostIndex<T> {
  constructor(
    private readonly exact: ReadonlyMap<string, T>,
    /** By the name behind `*.`. */
    private readonly wildcards: ReadonlyMap<string, T>,
    /** Names that exist in the sense of DNS, with how many names are these or below them. */
    private readonly existing: ReadonlyMap<string, number>,
  ) {}

  find(host: string): T | undefined {
    const found = this.exact.get(host);
    if (found !== undefined || this.wildcards.size === 0 || this.existing.has(host)) return found;
    for (let above = parentOf(host); above !== ''; above = parentOf(above)) {
      const covering = this.wildcards.get(above);
      if (covering !== undefined) return covering;
      if (this.existing.has(above)) return undefined;
    }
    return undefined;
  }

  changed(names: ReadonlyMap<string, T | undefined>): HostIndex<T> {
    const exact = copyOf(this.exact);
    const wildcards = copyOf(this.wildcards);
    const existing = copyOf(this.existing);
    for (const [name, target] of names) {
      const [targets, key] = name.startsWith('*.') ? [wildcards, name.slice(2)] : [exact, name];
      const more = Number(target !== undefined) - Number(targets.has(key));
      if (target === undefined) targets.delete(key);
      else targets.set(key, target);
      if (more !== 0) count(existing, name, more);
    }
    return new Index(exact, wildcards, existing);
  }
}
/** One name more or less exists, and with it all above it. */
function count(existing: EditableMap<number>, name: string, more: number): void {
  for (let above = name; above !== ''; above = parentOf(above)) {
    const number = (existing.get(above) ?? 0) + more;
    if (number === 0) existing.delete(above);
    else existing.set(above, number);
  }
}

function parentOf(name: string): string {
  const dot = name.indexOf('.');
  return dot < 0 ? '' : name.slice(dot + 1);
}
