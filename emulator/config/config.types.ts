import type { ClockMode } from '../../runtime/clock.js';
import type { ListenAddress } from '../state/listen-address.js';
import type { Desired, Problem } from '../state/state.types.js';

export type { ListenAddress };

export type ListenerName = 'http' | 'https' | 'connectors' | 'api' | 'on_ramp';

/** An address at which cloudflared dials in. */
export interface CloudflaredAddress extends ListenAddress {
  /** Code of the data center that it belongs to; absent: connections are given one. */
  readonly dataCenter?: string;
}

/** Where DNS is answered. */
export interface DnsAddress extends ListenAddress {
  /** IP addresses that the edge's names have. Empty: those at which whoever asks reaches it. */
  readonly answers: readonly string[];
}

/** Where the edge listens; null: not at all. */
export type Listen = Readonly<Record<ListenerName, ListenAddress | null>> & {
  /** Empty: not at all. */
  readonly cloudflared: readonly CloudflaredAddress[];
  readonly dns: DnsAddress | null;
};

/** An address that is open, as its clients would write it. */
export interface OpenAddress {
  readonly name: ListenerName | 'cloudflared' | 'dns' | `spectrum ${string}`;
  /** Name of the Spectrum application. */
  readonly application?: string;
  readonly address: string;
}

/** Something wrong, or worth knowing, at a place in the configuration. */
export interface ConfigProblem {
  /** Absent when the configuration is not from a file. */
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  readonly column?: number;
  /** E.g. `pools[0].origins[1].weight`; empty for the file as a whole. */
  readonly path: string;
  /** Stable, e.g. `unknown_key`. */
  readonly code: string;
  /** Whole, with the path where it belongs to the sentence; without file, line and column. */
  readonly message: string;
}

/** A valid configuration, not yet applied. */
export interface LoadedConfig {
  readonly file?: string;
  /** What the file said, character by character. */
  readonly text?: string;
  readonly listen: Listen;
  readonly clock: { readonly mode: ClockMode; readonly scale: number };
  readonly seed?: number | string;
  readonly desired: Desired;
  readonly warnings: readonly ConfigProblem[];
  /** Finds the places of problems that the state has with {@link desired}. */
  locate(problems: readonly Problem[]): ConfigProblem[];
}
