/**
 * Where in the interval each of these has its turn: fractions from 0 up to 1, evenly apart, so that no moment has
 * more to do than another. The order is that of the keys' hashes: equal keys give equal turns in every run, and one
 * more key moves the others only a little.
 */
export function spread(keys: readonly string[]): Map<string, number> {
  const order = keys.map((key) => ({ key, hash: hashOf(key) }));
  order.sort((a, b) => a.hash - b.hash || (a.key < b.key ? -1 : 1));
  return new Map(order.map(({ key }, rank) => [key, rank / order.length]));
}

/** FNV-1a with a finalizer: keys that differ only at their end come apart too. */
export function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The first moment after `after` that is `phase` into an interval; all in milliseconds. */
export function nextTurn(after: number, interval: number, phase: number): number {
  const turns = Math.floor((after - phase) / interval) + 1;
  return turns * interval + phase;
}
