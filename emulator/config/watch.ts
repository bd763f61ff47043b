import type { Deadlines } from '../../runtime/deadlines.js';
import { ColocalError } from '../../runtime/errors.js';
import type { AccountState } from '../state/state.types.js';
import { applyConfig } from './apply.js';
import type { ConfigProblem, LoadedConfig } from './config.types.js';
import { configUnreadable } from './config-error.js';
import { type LoadOptions, parseConfig, readConfigFile } from './load.js';
import { type Watch, watchFile } from './watch-file.js';

export interface WatchConfigOptions extends LoadOptions {
  readonly path: string;
  readonly state: AccountState;
  /** What is applied now. */
  readonly loaded: LoadedConfig;
  readonly deadlines: Deadlines;
  /** A good edit was applied. `warnings` are the file's, and what needs a restart. */
  onApplied(loaded: LoadedConfig, warnings: readonly ConfigProblem[]): void;
  /** A bad edit was refused whole; the state is as it was. */
  onRefused(error: ColocalError): void;
}

/** Keeps the account in step with its file. Content that did not change is not applied again. */
export function watchConfig(options: WatchConfigOptions): Watch {
  let text = options.loaded.text;
  const started = options.loaded;
  let open = true;
  let reading = Promise.resolve();

  async function reread(): Promise<void> {
    try {
      const latest = await readConfigFile(options.path);
      if (!open || latest === text) return;
      text = latest;
      const loaded = parseConfig(latest, options.path, options);
      applyConfig(options.state, loaded);
      options.onApplied(loaded, [...needsRestart(started, loaded), ...loaded.warnings]);
    } catch (error) {
      if (!(error instanceof ColocalError)) throw error;
      if (open) options.onRefused(error);
    }
  }

  const watch = watchFile({
    path: options.path,
    deadlines: options.deadlines,
    // One after the other, so that an older text never follows a newer one.
    onSign: () => {
      reading = reading.then(reread);
    },
    onError: (error) =>
      options.onRefused(configUnreadable({ path: options.path, reason: 'it cannot be watched' }, { cause: error })),
  });
  return {
    close() {
      open = false;
      watch.close();
    },
  };
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
