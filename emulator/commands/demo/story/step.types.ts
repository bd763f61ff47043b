import type { StateView } from '../../../control/state-view.schema.js';
import type { EdgeEvent, RequestTrace } from '../../../observe/journal.types.js';
import type { Tally } from './tally.js';

/** What a step may do to the setup. Connectors and origins go by the names that the setup gives them. */
export interface Stage {
  /** Ends a connector or an origin; resolves when the process is gone. */
  end(name: string, signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  /** Starts one again that has ended; resolves when it says that it is ready. */
  startAgain(name: string): Promise<void>;
  addFault(fault: { readonly name: string; readonly type: string; readonly match: object }): Promise<void>;
  removeFault(name: string): Promise<void>;
}

/** What the edge told. */
export interface Happened {
  readonly before: readonly EdgeEvent[];
  /** Since the step began. */
  readonly since: readonly EdgeEvent[];
  /** A connector's UUID by its name. */
  readonly idOf: (connector: string) => string | undefined;
}

/** What is known of a step when it is over. */
export interface Facts {
  /** Requests sent until the step had had its effect, and after that. */
  readonly during: Tally;
  readonly after: Tally;
  /** Model time, in milliseconds, until it had its effect; undefined: that was not seen in time. */
  readonly took: number | undefined;
  /** As `GET /colocal/v1/state` has them at the end. */
  readonly tunnels: StateView['tunnels'];
}

export interface Expectation {
  /** As one would say it beforehand, e.g. `no request is lost`. */
  readonly says: string;
  /** What happened instead, with numbers; undefined when it is met. */
  unmet(facts: Facts): string | undefined;
}

/** What a step brings about. */
export interface Effect {
  /** As in `pool tokyo is critical`. */
  readonly says: string;
  /** The event with which it has come about: pure, from what the edge told. */
  event(happened: Happened): EdgeEvent | undefined;
}

/** One step of the story. */
export interface Step {
  readonly title: string;
  /** What is done, in a sentence. */
  readonly does: string;
  act(stage: Stage): Promise<void>;
  /** Absent: it has none, the requests are just watched. */
  readonly effect?: Effect;
  /** Beyond its effect. */
  readonly expects: readonly Expectation[];
  /** Where the reasons are found. */
  readonly why: {
    /** What the edge told, by its type. */
    readonly events: (event: EdgeEvent) => boolean;
    /** A request that shows it, and which of its reasons tell. */
    readonly request: (trace: RequestTrace) => boolean;
    readonly steps: readonly string[];
  };
}
