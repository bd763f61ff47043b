import type { Edge } from '../../edge.js';
import type { Happening } from '../scenario.types.js';
import type { Connectors } from './connectors.js';

/** Events that tell the same in every run, at the same moment. Those of sockets do not: who is connected is looked at instead. */
const TOLD: ReadonlySet<string> = new Set(['health.changed', 'fault.started', 'fault.ended']);

/** What happens while a scenario is played, for the timeline. */
export class Happenings {
  private readonly all: (Happening & { readonly rank: number })[] = [];
  private step = 0;
  private ends: Map<string, string>;

  constructor(
    private readonly edge: Edge,
    private readonly connectors: Connectors,
    private readonly start: number,
  ) {
    this.ends = connectors.ends();
    for (const [name, where] of this.ends) this.add(`connector ${name} is connected: ${where}`);
    edge.events.subscribe((event) => {
      if (!TOLD.has(event.type)) return;
      if (event.data.kind === 'monitor') return;
      // Reasons behind it may name ports.
      this.add(event.message.split('; ')[0] ?? '', event.type === 'health.changed' ? 3 : 1);
    });
  }

  /** A step is done. */
  begin(step: number, text: string): void {
    this.step = step;
    this.add(text);
  }

  private add(text: string, rank = 0): void {
    this.all.push({ at: this.edge.clock.now() - this.start, step: this.step, rank, text });
  }

  /** Tells of connectors whose connections end elsewhere than before. */
  lookAtConnectors(): void {
    const ends = this.connectors.ends();
    for (const [name, where] of ends) {
      if (this.ends.get(name) === where) continue;
      this.add(
        where === 'none' ? `connector ${name} has no connection` : `connector ${name} is connected: ${where}`,
        2,
      );
    }
    this.ends = ends;
  }

  /** By time; what happened at the same moment in an order that does not depend on sockets. */
  inOrder(): Happening[] {
    const sorted = [...this.all].sort(
      (a, b) => a.at - b.at || a.step - b.step || a.rank - b.rank || compare(a.text, b.text),
    );
    return sorted.map(({ rank: _rank, ...happening }) => happening);
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
