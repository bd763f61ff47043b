import type { Deadlines } from '../../runtime/deadlines.js';
import { ColocalError } from '../../runtime/errors.js';
import type { AccountState } from '../state/state.types.js';
import { applyConfig } from './apply.js';
import type { ConfigProblem, LoadedConfig } from './config.types.js';
import { parseConfig } from './load.js';
import { type Watch, watchFile } from './watch-file.js';

export interface WatchConfigOptions {
  readonly path: string;
  readonly state: AccountState;
  /** What is applied now. */
  readonly loaded: LoadedConfig;
  readonly deadlines: Deadlines;
  /** A good edit was applied. `warnings` are the file's, and what needs a restart. */
  onApplied(loaded: LoadedConfig, warnings: readonly ConfigProblem[]): void;
  /** A bad edit was refused whole, or the file cannot be read; the state is as it was. */
  onRefused(error: ColocalError): void;
}

/** Keeps the account in step with its file. Content that did not change is not applied again. */
export function watchConfig(options: WatchConfigOptions): Watch {
  const { path, state, loaded: started, deadlines } = options;
  return watchFile({
    path,
    text: started.text,
    deadlines,
    onText(text) {
      let loaded: LoadedConfig;
      try {
        loaded = parseConfig(text, path);
        applyConfig(state, loaded);
      } catch (error) {
        if (!(error instanceof ColocalError)) throw error;
        options.onRefused(error);
        return;
      }
      options.onApplied(loaded, [...needsRestart(started, loaded), ...loaded.warnings]);
    },
    onError: options.onRefused,
  });
}

/** What is fixed when the edge starts: listeners are open, time and chance have begun. */
function needsRestart(started: LoadedConfig, loaded: LoadedConfig): ConfigProblem[] {
  return (['listen', 'clock', 'seed'] as const)
    .filter((key) => JSON.stringify(started[key]) !== JSON.stringify(loaded[key]))
    .flatMap((key) =>
      loaded.locate([
        { path: [key], code: 'needs_restart', message: 'has changed; the rest is applied, but this needs a restart' },
      ]),
    );
}
