/** Lets the event loop turn until something holds; the test's own time limit ends a wait in vain. */
export async function waitUntil(met: () => boolean): Promise<void> {
  while (!met()) await new Promise((resolve) => setImmediate(resolve));
}
