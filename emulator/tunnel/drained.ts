import type { Deadlines } from '../../runtime/deadlines.js';

/** What a listener's connection tells of its open streams. */
interface Draining {
  readonly open: number;
  /** Calls `listener` whenever the last open stream ends. */
  onIdle(listener: () => void): void;
}

/** Resolves once nothing is open on any of the connections, or `grace` milliseconds of real time have passed. */
export function drained(connections: ReadonlySet<Draining>, grace: number, deadlines: Deadlines): Promise<void> {
  const busy = (): boolean => [...connections].some(({ open }) => open > 0);
  return new Promise((resolve) => {
    if (grace <= 0 || !busy()) {
      resolve();
      return;
    }
    const check = (): void => {
      if (busy()) return;
      deadline.cancel();
      resolve();
    };
    const deadline = deadlines.after(grace, resolve);
    for (const connection of connections) connection.onIdle(check);
  });
}
