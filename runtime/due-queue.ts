/** Something that falls due. Equal times go by `order`, which no two share. */
export interface Due {
  readonly at: number;
  readonly order: number;
}

/** What is removed may lie in the heap until there is so much of it, and more than of what waits. */
const MOST_REMOVED = 256;

/** What waits for its time, earliest first: a binary heap, in which what was removed lies until it comes to the top. */
export class DueQueue<T extends Due> {
  private heap: T[] = [];
  private readonly waiting = new Set<T>();

  get size(): number {
    return this.waiting.size;
  }

  add(item: T): void {
    this.waiting.add(item);
    this.push(item);
  }

  /** What falls due first, if that is not after `time`. It stays. */
  until(time: number): T | undefined {
    for (;;) {
      const first = this.heap[0];
      if (!first) return undefined;
      if (this.waiting.has(first)) return first.at <= time ? first : undefined;
      this.pop();
    }
  }

  /** Does nothing when it is not there any more. */
  remove(item: T): void {
    if (!this.waiting.delete(item)) return;
    if (this.heap[0] === item) this.pop();
    else if (this.heap.length > MOST_REMOVED && this.heap.length > this.waiting.size * 2) this.rebuild();
  }

  clear(): void {
    this.heap = [];
    this.waiting.clear();
  }

  private rebuild(): void {
    this.heap = [];
    for (const item of this.waiting) this.push(item);
  }

  private push(item: T): void {
    const { heap } = this;
    let index = heap.push(item) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(item, heap[parent] as T)) break;
      heap[index] = heap[parent] as T;
      index = parent;
    }
    heap[index] = item;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = index * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as T, heap[child] as T)) child++;
      if (!isBefore(heap[child] as T, last)) break;
      heap[index] = heap[child] as T;
      index = child;
    }
    heap[index] = last;
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
