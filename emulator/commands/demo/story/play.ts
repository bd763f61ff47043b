import type { Deadlines } from '../../../../runtime/deadlines.js';
import type { StateView } from '../../../control/state-view.schema.js';
import type { EdgeEvent, RequestTrace } from '../../../observe/journal.types.js';
import type { EventLog } from './event-log.js';
import { unmetOf } from './expectations.js';
import type { Facts, Stage, Step } from './step.types.js';
import { sum, Tally } from './tally.js';
import type { Teller } from './teller.js';
import type { Traffic } from './traffic.js';
import { explain } from './why.js';

/** What the story asks the edge. */
export interface EdgeView {
  /** Model time, milliseconds since the epoch. */
  now(): Promise<number>;
  tunnels(): Promise<StateView['tunnels']>;
  /** The latest requests that have ended, newest first. */
  requests(): Promise<readonly RequestTrace[]>;
}

export interface Theatre {
  readonly stage: Stage;
  readonly edge: EdgeView;
  readonly log: EventLog;
  readonly traffic: Traffic;
  /** Connectors' names by their UUIDs. */
  readonly connectors: ReadonlyMap<string, string>;
  readonly teller: Teller;
  readonly deadlines: Deadlines;
}

export interface Ending {
  /** All requests of the steps that were played. */
  readonly total: Tally;
  /** The step that did not go as told, after which the others make no sense. */
  readonly failed?: { readonly number: number; readonly title: string; readonly unmet: readonly string[] };
}

/** How long requests are watched after a step has had its effect. Real milliseconds. */
export const WATCHED = 2_000;
/** A step that has had no effect by then has none. Real milliseconds. */
export const EFFECT_WITHIN = 15_000;
/** Between two counts on a terminal. Real milliseconds. */
const COUNT_EVERY = 200;

/** Plays the steps in order, and tells each when it is over; stops behind one that did not go as told. */
export async function play(plot: readonly Step[], theatre: Theatre): Promise<Ending> {
  let total = new Tally();
  /** Model time since when requests count for the step. */
  let since = 0;
  for (const [index, step] of plot.entries()) {
    const { teller, log, edge, connectors } = theatre;
    teller.begin(index + 1, step);
    const first = log.events.length;
    const began = await edge.now();
    const stopCounting = countAlong(theatre, total);
    const { over, ...facts } = await playStep(step, began, theatre).finally(stopCounting);
    total = sum([total, facts.during, facts.after]);
    const from = since;
    const traces = (await edge.requests()).filter(({ startedAt }) => startedAt >= from && startedAt < over);
    since = over;
    const why = explain(step, log.events.slice(first), traces, connectors);
    const unmet = unmetOf(step, facts);
    teller.end({ step, facts, why, unmet, total });
    if (unmet.length > 0) return { total, failed: { number: index + 1, title: step.title, unmet } };
  }
  return { total };
}

async function playStep(step: Step, began: number, theatre: Theatre): Promise<Facts & { readonly over: number }> {
  const { traffic, stage, deadlines, edge } = theatre;
  const effect = effectOf(step, theatre);
  await step.act(stage);
  const seen = await effect;
  const during = traffic.turn();
  await pause(deadlines, WATCHED);
  const over = await edge.now();
  const after = traffic.turn();
  // What was under way when the step ended belongs to it, so the next one has to wait.
  await Promise.all([during.settled(), after.settled()]);
  return { during, after, took: seen && seen.at - began, over, tunnels: await edge.tunnels() };
}

/** The event that shows the step's effect, or undefined when it has taken too long. */
function effectOf({ effect }: Step, { log, connectors, deadlines }: Theatre): Promise<EdgeEvent | undefined> {
  if (!effect) return Promise.resolve(undefined);
  const idOf = (name: string): string | undefined => [...connectors].find(([, each]) => each === name)?.[0];
  const before = [...log.events];
  return new Promise((resolve) => {
    const deadline = deadlines.after(EFFECT_WITHIN, () => resolve(undefined));
    const look = (events: readonly EdgeEvent[]): boolean => {
      const found = effect.event({ before, since: events.slice(before.length), idOf });
      if (found === undefined) return false;
      deadline.cancel();
      resolve(found);
      return true;
    };
    void log.until(look);
  });
}

function countAlong({ traffic, teller, deadlines }: Theatre, total: Tally): () => void {
  const begun = deadlines.now();
  const earlier: Tally[] = [];
  let latest = traffic.current;
  const count = (): void => {
    if (traffic.current !== latest) {
      earlier.push(latest);
      latest = traffic.current;
    }
    const step = sum([...earlier, latest]);
    teller.count((deadlines.now() - begun) / 1_000, step, sum([total, step]));
    next = deadlines.after(COUNT_EVERY, count);
  };
  let next = deadlines.after(COUNT_EVERY, count);
  return () => next.cancel();
}

function pause(deadlines: Deadlines, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    deadlines.after(milliseconds, resolve);
  });
}
