import { realDeadlines } from '../../../runtime/deadlines.js';

/** Longer than a connector waits between two attempts to connect (30 s), and than a health check takes to notice. */
const PATIENCE = 90_000;
const LOOK_AGAIN = 200;

/** Resolves once `look` gives something. What other machines do can only be looked at again and again. */
export async function eventually<Found>(what: string, look: () => Promise<Found | undefined>): Promise<Found> {
  const giveUpAt = realDeadlines.now() + PATIENCE;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (realDeadlines.now() > giveUpAt) throw new Error(`${what}: not within ${PATIENCE / 1_000} seconds`);
    await new Promise<void>((resolve) => realDeadlines.after(LOOK_AGAIN, resolve));
  }
}
