/**
 * Maps text to [0, 1): FNV-1a over its characters, with murmur3's finalizer behind it, because FNV alone hardly moves
 * the upper bits for texts that differ only at their end, as neighbouring addresses do
 * (docs/reference/load-balancing.md 14.8).
 */
export function hashToUnit(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000;
}
