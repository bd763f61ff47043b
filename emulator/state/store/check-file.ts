import { messageOf } from '../../../runtime/errors.js';

/*
 * LMDB maps its file into memory and trusts what stands there: a page that is missing or damaged ends the process,
 * without a word. So the file is walked through before: page numbers, kinds and bounds of all that its trees reach.
 * What the values say is checked by their own checksums. The layout is that of LMDB's format 2 on 64-bit machines
 * (liblmdb/mdb.c: MDB_meta, MDB_db, MDB_page, MDB_node), all numbers little-endian.
 */

const FORMAT = 2;
const MAGIC = 0xbeefc0de;
const HEADER = 24;
const NODE_HEADER = 8;
const PAGE = { branch: 1, leaf: 2, overflow: 4, meta: 8 } as const;
const ON_OVERFLOW_PAGES = 1;
const NO_PAGE = 0xffffffffffffffffn;
/** Of a tree. The database allows 32. */
const DEEPEST = 32;

interface Tree {
  readonly name: string;
  readonly depth: number;
  readonly entries: number;
  /** `undefined`: it is empty. */
  readonly root: number | undefined;
}

interface Meta {
  readonly transaction: bigint;
  readonly pageSize: number;
  readonly lastPage: number;
  readonly trees: readonly Tree[];
}

/** Bytes that {@link headDamageOf} needs: two of the largest pages. */
export const HEAD_LENGTH = 2 * 65_536;

/**
 * What is wrong with the beginning of a database's file, as the end of a sentence; `undefined` when nothing is. It looks
 * only at what never changes, so another process may be writing. LMDB does not survive another beginning.
 */
export function headDamageOf(file: Buffer): string | undefined {
  return described(file, () => metaAt(file, metaAt(file, 0).pageSize));
}

/** As {@link headDamageOf}, of all of a file that nobody writes. */
export function damageOf(file: Buffer): string | undefined {
  return described(file, () => {
    const first = metaAt(file, 0);
    const second = metaAt(file, first.pageSize);
    // They are written in turn: the younger one holds.
    const meta = second.transaction > first.transaction ? second : first;
    const walk = new Walk(file, meta);
    for (const tree of meta.trees) walk.tree(tree);
  });
}

function described(file: Buffer, look: () => void): string | undefined {
  try {
    look();
    return undefined;
  } catch (error) {
    return error instanceof RangeError ? `ends too early (${file.length} bytes)` : messageOf(error);
  }
}

function metaAt(file: Buffer, start: number): Meta {
  const at = start + HEADER;
  if ((file.readUInt16LE(start + 18) & PAGE.meta) === 0 || file.readUInt32LE(at) !== MAGIC) {
    throw new Error('does not begin as a database does');
  }
  const format = file.readUInt32LE(at + 4) & 0xffff;
  if (format !== FORMAT) throw new Error(`is a database of the format ${format}, not ${FORMAT}`);
  const pageSize = file.readUInt32LE(at + 24);
  if (pageSize < 512 || pageSize > 65_536 || (pageSize & (pageSize - 1)) !== 0) {
    throw new Error(`says that its pages have ${pageSize} bytes`);
  }
  const lastPage = numberAt(file, at + 120);
  return {
    transaction: file.readBigUInt64LE(at + 128),
    pageSize,
    lastPage,
    trees: [treeAt(file, at + 24, 'list of free pages'), treeAt(file, at + 72, 'content')],
  };
}

function treeAt(file: Buffer, at: number, name: string): Tree {
  const root = file.readBigUInt64LE(at + 40);
  return {
    name,
    depth: file.readUInt16LE(at + 6),
    entries: numberAt(file, at + 32),
    root: root === NO_PAGE ? undefined : Number(root),
  };
}

function numberAt(file: Buffer, at: number): number {
  return Number(file.readBigUInt64LE(at));
}

class Walk {
  private readonly seen = new Set<number>();
  private entries = 0;

  constructor(
    private readonly file: Buffer,
    private readonly meta: Meta,
  ) {}

  tree({ name, root, depth, entries }: Tree): void {
    this.entries = 0;
    if (depth > DEEPEST) throw new Error(`says that its ${name} is ${depth} pages deep`);
    if (root !== undefined) this.page(root, depth);
    if (this.entries !== entries) throw new Error(`has ${this.entries} of the ${entries} entries of its ${name}`);
  }

  /** A page of a tree, with `levels` of them from here to the leaves. */
  private page(number: number, levels: number): void {
    const start = this.open(number, levels === 1 ? PAGE.leaf : PAGE.branch);
    const size = this.meta.pageSize - HEADER;
    const keys = this.file.readUInt16LE(start + 20) >> 1;
    if (keys === 0 || keys * 2 > size) throw wrong(number);
    for (let index = 0; index < keys; index++) {
      const offset = this.file.readUInt16LE(start + HEADER + index * 2);
      if (offset < keys * 2 || offset + NODE_HEADER > size) throw wrong(number);
      this.node(number, start + HEADER + offset, size - offset, levels);
    }
  }

  private node(page: number, at: number, room: number, levels: number): void {
    const low = this.file.readUInt32LE(at);
    const flags = this.file.readUInt16LE(at + 4);
    const data = NODE_HEADER + this.file.readUInt16LE(at + 6);
    if (levels > 1) {
      if (data > room) throw wrong(page);
      this.page(flags * 0x1_0000_0000 + low, levels - 1);
      return;
    }
    this.entries++;
    const overflows = (flags & ON_OVERFLOW_PAGES) !== 0;
    if (data + (overflows ? 24 : low) > room) throw wrong(page);
    if (overflows) this.overflow(numberAt(this.file, at + data), low);
  }

  /** A value too large for a page has whole ones, one after the other. */
  private overflow(number: number, length: number): void {
    const start = this.open(number, PAGE.overflow);
    const bytes = this.file.readUInt32LE(start + 20) * this.meta.pageSize;
    if (length + HEADER > bytes || start + bytes > this.file.length) throw wrong(number);
  }

  /** Where a page starts that no tree has reached before. */
  private open(number: number, kind: number): number {
    const start = number * this.meta.pageSize;
    if (number < 2 || number > this.meta.lastPage || this.seen.has(number)) throw wrong(number);
    if (start + this.meta.pageSize > this.file.length) throw new Error(`lacks its page ${number}: it was cut off`);
    this.seen.add(number);
    if (numberAt(this.file, start) !== number || (this.file.readUInt16LE(start + 18) & 0xf) !== kind) {
      throw wrong(number);
    }
    return start;
  }
}

function wrong(page: number): Error {
  return new Error(`has a page that is not as it was written: ${page}`);
}
