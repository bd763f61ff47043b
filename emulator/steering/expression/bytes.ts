/**
 * Strings of the language are bytes (docs/reference/load-balancing.md 8.3). Inside the engine each byte is one
 * character, as Node gives header values: then length, order and positions are those of bytes.
 */

const NOT_ASCII = /[\u0080-\uffff]/;
const NOT_BYTES = /[\u0100-\uffff]/;

/** The bytes of a text's UTF-8. */
export function bytesOf(text: string): string {
  return NOT_ASCII.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

/** The text that bytes are the UTF-8 of; what is not UTF-8 becomes U+FFFD. */
export function textOf(bytes: string): string {
  return NOT_ASCII.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes;
}

/** What a request brought: bytes already, unless somebody made the request from text. */
export function received(value: string): string {
  return NOT_BYTES.test(value) ? bytesOf(value) : value;
}

/** ASCII letters only; other bytes stay (8.4). */
export function lowerCase(bytes: string): string {
  return NOT_ASCII.test(bytes) ? bytes.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : bytes.toLowerCase();
}

/** ASCII letters only; other bytes stay (8.4). */
export function upperCase(bytes: string): string {
  return NOT_ASCII.test(bytes) ? bytes.replace(/[a-z]+/g, (letters) => letters.toUpperCase()) : bytes.toUpperCase();
}
