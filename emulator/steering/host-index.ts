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
}

/** `names` in lower case, exact or `*.` wildcards; a zone root is an exact name like any other. */
export function buildHostIndex<T>(names: ReadonlyMap<string, T>): HostIndex<T> {
  const exact = new Map<string, T>();
  /** By the name behind `*.`. */
  const wildcards = new Map<string, T>();
  /** Names that exist in the sense of DNS: they have something, or something is below them. */
  const existing = new Set<string>();

  for (const [name, target] of names) {
    if (name.startsWith('*.')) wildcards.set(name.slice(2), target);
    else exact.set(name, target);
    for (let above = name; above !== ''; above = parentOf(above)) existing.add(above);
  }

  return {
    find(host) {
      const found = exact.get(host);
      if (found !== undefined || wildcards.size === 0 || existing.has(host)) return found;
      for (let above = parentOf(host); above !== ''; above = parentOf(above)) {
        const covering = wildcards.get(above);
        if (covering !== undefined) return covering;
        if (existing.has(above)) return undefined;
      }
      return undefined;
    },
  };
}

function parentOf(name: string): string {
  const dot = name.indexOf('.');
  return dot < 0 ? '' : name.slice(dot + 1);
}
