import type { EdgeEvent, RequestTrace } from '../../../observe/journal.types.js';
import type { Step } from './step.types.js';

export interface Why {
  /** Sentences of the edge's events. */
  readonly events: readonly string[];
  /** One request of the step that shows it, if any was found. */
  readonly shown: Told | undefined;
  /** One that was lost, if any was. */
  readonly lost: Told | undefined;
}

/** A request, and why it went where it went. */
export interface Told {
  readonly title: string;
  readonly reasons: readonly string[];
}

/** The reasons of a lost request that tell why it was lost. */
const REASONS_OF_LOSS = ['fault', 'replica', 'attempt', 'failover'];

/**
 * Why a step went as it did, in the edge's own words.
 *
 * @param traces requests of the step, newest first
 * @param nameOf a connector's name by its UUID
 */
export function explain(
  { why }: Pick<Step, 'why'>,
  events: readonly EdgeEvent[],
  traces: readonly RequestTrace[],
  nameOf: ReadonlyMap<string, string>,
): Why {
  const named = (text: string): string => withNames(text, nameOf);
  const tell = (trace: RequestTrace | undefined, steps: readonly string[]): Told | undefined =>
    trace && {
      title: `${trace.method} ${trace.path}, ray ${trace.ray}-${trace.dataCenter}, answered ${trace.status ?? 'nothing'}`,
      reasons: trace.reasons
        .filter(({ step }) => steps.includes(step))
        .map(({ step, subject, outcome, detail }) =>
          named(`${step} ${subject === undefined ? '' : `${subject} `}${outcome.replaceAll('_', ' ')}: ${detail}`),
        ),
    };
  return {
    events: oncePerKind(events.filter(why.events).map(({ message }) => named(message))),
    shown: tell(traces.find(why.request), why.steps),
    lost: tell(
      traces.find(({ status }) => status !== 200),
      REASONS_OF_LOSS,
    ),
  };
}

/** A connector's connections go the same way: what differs only in which of them it was is told once. */
function oncePerKind(messages: readonly string[]): string[] {
  const kinds = new Map<string, { readonly first: string; count: number }>();
  for (const first of messages) {
    const kind = first.replace(/connection \d+/, 'connection');
    const known = kinds.get(kind);
    if (known) known.count++;
    else kinds.set(kind, { first, count: 1 });
  }
  return Array.from(kinds.values(), ({ first, count }) => (count === 1 ? first : `${first} (${count} like this)`));
}

function withNames(text: string, nameOf: ReadonlyMap<string, string>): string {
  return text.replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => nameOf.get(id) ?? id);
}
