import { onTestFinished } from 'vitest';
import type { Emulator } from '../../emulator/index.js';
import { parseRoute } from './route.js';

/** How one request ended that nobody had to lose. */
export interface Loss {
  /** Of the answer; undefined: the connection broke before one, or within it. */
  readonly status: number | undefined;
  readonly detail: string;
}

/** GETs that never stop coming, each counted. */
export interface SteadyLoad {
  readonly sent: number;
  /** Whole answers with status 200. */
  readonly answered: number;
  readonly losses: readonly Loss[];
  /** Answers by the id of the connector they came through, and by the data center in which their tunnel ended. */
  readonly byConnector: ReadonlyMap<string, number>;
  readonly byEgress: ReadonlyMap<string, number>;
  /** Resolves once so many more requests were sent, from now on, and answered or lost. */
  more(count: number): Promise<void>;
  /** Sends nothing more; resolves when what was sent has ended. Afterwards sent = answered + losses. */
  stop(): Promise<void>;
}

interface Counts {
  sent: number;
  answered: number;
  readonly losses: Loss[];
  readonly byConnector: Map<string, number>;
  readonly byEgress: Map<string, number>;
}

/**
 * Keeps `atOnce` requests open: whenever one ends the next is sent. With an origin that takes 100 ms, 20 at once are 200
 * a second.
 */
export function useSteadyLoad(emu: Emulator, url: string, atOnce: number): SteadyLoad {
  let stopped = false;
  let ended = 0;
  const load: Counts = { sent: 0, answered: 0, losses: [], byConnector: new Map(), byEgress: new Map() };
  const waiting = new Set<{ readonly until: number; readonly resolve: () => void }>();

  const sendOne = async (): Promise<void> => {
    load.sent++;
    let status: number | undefined;
    try {
      const response = await emu.fetch(url);
      status = response.status;
      const text = await response.text();
      if (status !== 200) throw new Error(text);
      load.answered++;
      const { connector, egress } = parseRoute(response.headers.get('colocal-route'));
      count(load.byConnector, String(connector));
      count(load.byEgress, String(egress));
    } catch (error) {
      load.losses.push({ status, detail: String(error) });
    }
    ended++;
    for (const each of waiting) {
      if (ended < each.until) continue;
      waiting.delete(each);
      each.resolve();
    }
  };
  const lanes = Array.from({ length: atOnce }, async () => {
    while (!stopped) await sendOne();
  });
  const stop = async (): Promise<void> => {
    stopped = true;
    await Promise.all(lanes);
  };
  onTestFinished(stop);
  return {
    get sent() {
      return load.sent;
    },
    get answered() {
      return load.answered;
    },
    losses: load.losses,
    byConnector: load.byConnector,
    byEgress: load.byEgress,
    more(count) {
      // What is open now was sent before.
      const until = load.sent + count;
      return new Promise((resolve) => waiting.add({ until, resolve }));
    },
    stop,
  };
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
