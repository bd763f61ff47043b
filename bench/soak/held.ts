import { setTimeout as sleep } from 'node:timers/promises';

/** What a process holds on to. Bytes; handles and timers by kind, as Node names them. */
export interface Held {
  readonly rss: number;
  readonly heap: number;
  readonly handles: ReadonlyMap<string, number>;
}

/** Growth that is no leak: compiled code, and what the allocator keeps for later. */
const HEAP_SLACK = 8e6;
const RSS_SLACK = 64e6;
/** Samples that have to agree, so that nothing is on its way. */
const STEADY = 8;

/**
 * Looks until what is held has stopped to change, and is no more than `reference` where there is one; at most
 * `patience` seconds.
 */
export async function heldNow(reference: Held | undefined, patience: number): Promise<Held> {
  let [last, same] = ['', 0];
  for (let waited = 0; waited < patience * 1_000; waited += 500) {
    await sleep(500);
    const handles = handlesNow();
    const text = JSON.stringify([...handles].sort());
    same = text === last ? same + 1 : 0;
    last = text;
    if (same >= STEADY && (!reference || exceeded(reference.handles, handles).length === 0)) break;
  }
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return { rss, heap: heapUsed, handles: handlesNow() };
}

/** Sentences about what is more than before. */
export function whatStayed(before: Held, after: Held): string[] {
  const grown = (what: string, less: number, more: number, slack: number): string[] =>
    more <= less + slack ? [] : [`${what} grew by ${((more - less) / 1e6).toFixed(1)} MB, over ${slack / 1e6} MB`];
  return [
    ...exceeded(before.handles, after.handles),
    ...grown('the heap', before.heap, after.heap, HEAP_SLACK),
    ...grown('resident memory', before.rss, after.rss, RSS_SLACK),
  ];
}

function exceeded(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string[] {
  return [...after]
    .filter(([kind, count]) => count > (before.get(kind) ?? 0))
    .map(([kind, count]) => `${kind}: ${before.get(kind) ?? 0} before, ${count} after`);
}

function handlesNow(): Map<string, number> {
  const counted = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counted.set(kind, (counted.get(kind) ?? 0) + 1);
  return counted;
}
