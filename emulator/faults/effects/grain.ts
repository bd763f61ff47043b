/** Parts of a millisecond that times since the epoch hold exactly. */
const GRAIN = 1024;

/** Milliseconds that a clock can count to exactly. */
export function whole(milliseconds: number): number {
  return Math.round(milliseconds * GRAIN) / GRAIN;
}
