import { createHash } from 'node:crypto';

/**
 * Seeded randomness. Equal seeds and equal forks give equal sequences on every machine.
 *
 * A fork depends on the parent's seed and on the label, never on how much the parent has been used, so
 * adding a draw in one subsystem moves nothing in another.
 */
export interface Rng {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [0, bound). `bound` is a positive integer. */
  int(bound: number): number;
  /** `bytes` random bytes as lower-case hexadecimal. */
  hex(bytes: number): string;
  /** An independent generator for a subsystem (by name) or for one request (by number). */
  fork(label: string | number): Rng;
}

/** A 32-bit finalizer (murmur3's): every input bit moves every output bit. */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** sfc32 (Chris Doty-Humphrey, PractRand): small, fast, passes the usual batteries. State is derived from a 64-bit seed. */
class Sfc32 implements Rng {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(
    private readonly high: number,
    private readonly low: number,
  ) {
    this.a = 0;
    this.b = low | 0;
    this.c = high | 0;
    // The generator's author asks for some 12 rounds before the first output.
    for (let i = 0; i < 12; i++) this.word();
  }

  private word(): number {
    const t = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + t) | 0;
    return t >>> 0;
  }

  next(): number {
    return this.word() / 0x1_0000_0000;
  }

  int(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  hex(bytes: number): string {
    let out = '';
    while (out.length < bytes * 2) out += this.word().toString(16).padStart(8, '0');
    return out.slice(0, bytes * 2);
  }

  fork(label: string | number): Rng {
    if (typeof label === 'string') {
      const digest = createHash('sha256').update(`${this.high}:${this.low}:${label}`).digest();
      return new Sfc32(digest.readUInt32BE(0), digest.readUInt32BE(4));
    }
    // Requests fork by number, so this path has no hash: the number's two halves are mixed into the seed.
    const number = label >>> 0;
    const overflow = Math.floor(label / 0x1_0000_0000) >>> 0;
    const high = mix(this.high ^ mix(number + 0x9e3779b9));
    return new Sfc32(high, mix(this.low ^ mix(overflow ^ high ^ Math.imul(number, 0x27d4eb2f))));
  }
}

/** The root generator of a process. The seed may be any integer up to 2^53 - 1 or any text. */
export function createRng(seed: number | string): Rng {
  const digest = createHash('sha256').update(`colocal:${seed}`).digest();
  return new Sfc32(digest.readUInt32BE(0), digest.readUInt32BE(4));
}
