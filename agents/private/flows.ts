/** How many connections to private addresses are open: `warp-routing.maxActiveFlows` bounds them for a whole connector. */
export class Flows {
  private open = 0;

  /** Takes a place; false when `most` are taken. 0: as many as there are. */
  acquire(most: number): boolean {
    if (most > 0 && this.open >= most) return false;
    this.open++;
    return true;
  }

  release(): void {
    this.open--;
  }
}
