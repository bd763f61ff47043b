import type { ConfigProblem, LoadedConfig } from '../config/index.js';
import type { ChangeSpec, ConnectorSpec, ExpectSpec, LoadSpec, OriginSpec, Step } from './schema.js';

/** One step, with the moment in which it is done. */
export interface PlannedStep {
  /** From 1. */
  readonly number: number;
  /** Milliseconds of model time since the beginning. */
  readonly at: number;
  readonly name?: string;
  readonly says?: string;
  readonly action: Action;
  /** `FILE:LINE`. */
  readonly place: string;
}

export type Action =
  | { readonly kind: 'load'; readonly load: LoadSpec }
  | { readonly kind: 'stop'; readonly load: string }
  | { readonly kind: 'fault'; readonly fault: NonNullable<Step['fault']> }
  | { readonly kind: 'lift'; readonly fault: string }
  | { readonly kind: 'change'; readonly change: ChangeSpec }
  | { readonly kind: 'connector'; readonly connector: NonNullable<Step['connector']> }
  | { readonly kind: 'origin'; readonly origin: NonNullable<Step['origin']> }
  /** Milliseconds. */
  | { readonly kind: 'advance'; readonly by: number }
  | { readonly kind: 'expect'; readonly expect: ExpectSpec };

/** A scenario that can be played. */
export interface Scenario {
  readonly file: string;
  readonly name: string;
  readonly seed: number | string;
  readonly config: LoadedConfig;
  readonly origins: readonly OriginSpec[];
  readonly connectors: readonly ConnectorSpec[];
  readonly steps: readonly PlannedStep[];
  readonly warnings: readonly ConfigProblem[];
}

/** One request, from beginning to end. Times in milliseconds of model time since the beginning of the scenario. */
export interface RequestRecord {
  /** From 1, in the order in which they were sent. */
  readonly number: number;
  readonly load: string;
  readonly client: number;
  readonly at: number;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  endedAt?: number;
  /** undefined: the answer did not come, or not whole. */
  status?: number;
  dataCenter?: string;
  pool?: string;
  endpoint?: string;
  /** Name of the connector. */
  replica?: string;
  egress?: string;
  attempts?: number;
  reasons?: readonly {
    readonly step: string;
    readonly subject?: string;
    readonly outcome: string;
    readonly detail: string;
  }[];
}

/** Something that happened, for the timeline. */
export interface Happening {
  readonly at: number;
  /** Number of the step after which it happened; 0: before the first. */
  readonly step: number;
  readonly text: string;
}

/** What was found of one thing that was expected. */
export interface Finding {
  readonly what: string;
  readonly wanted: string;
  readonly found: string;
  readonly met: boolean;
}

/** What came of an `expect` step. */
export interface Checked {
  readonly step: PlannedStep;
  readonly name: string;
  readonly findings: readonly Finding[];
}

export interface ScenarioResult {
  readonly scenario: Pick<Scenario, 'file' | 'name' | 'steps'>;
  readonly seed: number | string;
  /** Milliseconds of model time, to the end of the last request. */
  readonly lasted: number;
  readonly requests: readonly RequestRecord[];
  readonly happenings: readonly Happening[];
  readonly checked: readonly Checked[];
  readonly passed: boolean;
}
