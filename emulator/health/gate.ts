/**
 * Lets only so many through at once. What is about the same thing has the same key, and is let in only as long as
 * it leaves more places free than it takes: whatever hangs leaves room for others. Those that wait take turns,
 * key by key, and first come first served among their own.
 */
export class Gate {
  private inside = 0;
  /** How many are inside, by key. */
  private readonly taken = new Map<string, number>();
  /** By key, in the order of their turns. */
  private readonly waiting = new Map<string, (() => void)[]>();
  private willAdmit = false;

  constructor(private readonly places: number) {}

  async through<T>(key: string, work: () => Promise<T>): Promise<T> {
    // A crowd that comes at once is sorted first, so that the first few keys do not take all there is.
    if (!this.taken.has(key) && this.mayEnter(key)) this.enter(key);
    else await this.turn(key);
    try {
      return await work();
    } finally {
      this.leave(key);
    }
  }

  private mayEnter(key: string): boolean {
    return (this.taken.get(key) ?? 0) < this.places - this.inside;
  }

  private enter(key: string): void {
    this.inside++;
    this.taken.set(key, (this.taken.get(key) ?? 0) + 1);
  }

  private leave(key: string): void {
    this.inside--;
    const left = (this.taken.get(key) ?? 0) - 1;
    if (left > 0) this.taken.set(key, left);
    else this.taken.delete(key);
    this.admit();
  }

  private turn(key: string): Promise<void> {
    return new Promise((resolve) => {
      const own = this.waiting.get(key);
      if (own) own.push(resolve);
      else this.waiting.set(key, [resolve]);
      if (this.willAdmit) return;
      this.willAdmit = true;
      setImmediate(() => {
        this.willAdmit = false;
        this.admit();
      });
    });
  }

  /** Round after round, one of each key, until there is no place for any. */
  private admit(): void {
    for (let refused = 0; refused < this.waiting.size && this.inside < this.places; ) {
      const [key, own] = this.waiting.entries().next().value ?? [];
      if (key === undefined || own === undefined) return;
      this.waiting.delete(key);
      if (this.mayEnter(key)) {
        this.enter(key);
        own.shift()?.();
        refused = 0;
      } else refused++;
      if (own.length > 0) this.waiting.set(key, own);
    }
  }
}
