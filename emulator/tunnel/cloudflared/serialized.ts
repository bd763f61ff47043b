/** The six bits of each character of base64, by its code; -1: it is none. */
const BITS = new Int8Array(128).fill(-1);
for (const [bits, character] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries())
  BITS[character.charCodeAt(0)] = bits;
/** Where parts are decoded to, but for those that are longer. */
const SCRATCH = Buffer.alloc(8 * 1024);

/**
 * Reads headers as cloudflared wraps them, to a flat list: `base64(name):base64(value)` joined by `;`, padded or not
 * (docs/reference/cloudflared-wire.md 6). Pairs without a name or without a colon are left out.
 */
export function deserialized(text: string): string[] {
  const list: string[] = [];
  for (let from = 0; from < text.length; ) {
    const semicolon = text.indexOf(';', from);
    const to = semicolon < 0 ? text.length : semicolon;
    const colon = text.indexOf(':', from);
    const name = colon < 0 || colon > to ? '' : decoded(text, from, colon);
    if (name !== '') list.push(name, decoded(text, colon + 1, to));
    from = to + 1;
  }
  return list;
}

/**
 * A part of the text. Bytes, so latin1 as in HTTP/1.1. Every answer has some ten of them, and they are short: Node's own
 * decoder takes twice as long, most of it for a string and a buffer to decode from and to.
 */
function decoded(text: string, from: number, to: number): string {
  const bytes = to - from > SCRATCH.length ? Buffer.allocUnsafe(to - from) : SCRATCH;
  let length = 0;
  let read = 0;
  let bits = 0;
  for (let i = from; i < to; i++) {
    const six = BITS[text.charCodeAt(i)] ?? -1;
    if (six < 0) continue;
    read = ((read << 6) | six) & 0xfff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[length++] = read >> bits;
  }
  return bytes.toString('latin1', 0, length);
}
