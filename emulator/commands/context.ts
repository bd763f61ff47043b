import type { Deadlines } from '../../runtime/deadlines.js';
import type { Rng } from '../../runtime/rng.js';
import type { Log } from '../observe/log.js';

/** What the commands get from the command line's root. */
export interface CommandContext {
  /** What the process ends with; a command sets it when it fails without an error. */
  exitCode: number;
  readonly version: string;
  readonly loadConnector: () => Promise<RunConnector>;
  readonly loadOrigin: () => Promise<StartOrigin>;
  /** One line, or several, to standard output. */
  readonly print: (text: string) => void;
  /** The same to standard error. */
  readonly warn: (text: string) => void;
}

/** What `agent run` needs of agents/: runs until it is told to stop by a signal; resolves with the exit code. */
export type RunConnector = (options: {
  readonly edge: string;
  readonly token?: string;
  readonly location?: string;
  readonly configFile?: string;
  readonly maps: readonly string[];
  readonly metrics?: string;
  readonly gracePeriodMs?: number;
  readonly deadlines: Deadlines;
  readonly rng: Rng;
  readonly log: Log;
  readonly printError: (text: string) => void;
  /** All its connections are there; the connector's UUID. */
  readonly onReady?: (connector: string) => void;
}) => Promise<number>;

/** What `origin` needs of origins/. */
export type StartOrigin = (options: {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly deadlines: Deadlines;
  readonly healthy: boolean;
}) => Promise<{ readonly url: string; close(): Promise<void> }>;
