/** Bytes for which one draw decides: how a stream comes in chunks is chance, and must not move what is drawn. */
const SEGMENT = 16 * 1024;

/** Draws once for each segment of a stream, when its first byte is sent; the head belongs to the first. */
export function perSegment(draw: () => number): (bytes: number) => { readonly latest: number; readonly sum: number } {
  let position = 0;
  let entered = 0;
  let latest = 0;
  return (bytes) => {
    position += bytes;
    let sum = 0;
    for (; entered * SEGMENT <= position; entered++) {
      latest = draw();
      sum += latest;
    }
    return { latest, sum };
  };
}
