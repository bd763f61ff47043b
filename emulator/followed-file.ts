import type { Deadlines } from '../runtime/deadlines.js';
import { formatProblem, type LoadedConfig, watchConfig } from './config/index.js';
import { toTell } from './kept.js';
import type { Events } from './observe/journal.types.js';
import type { Metrics } from './observe/metrics.js';
import type { AccountState } from './state/state.types.js';

interface Followers {
  readonly state: AccountState;
  readonly deadlines: Deadlines;
  readonly metrics: Pick<Metrics, 'configReload'>;
  readonly events: Pick<Events, 'emit'>;
}

/** Applies edits of the configuration's file, and tells of each; undefined when it came from no file. */
export function followFile(
  { config, ...kept }: { readonly config: LoadedConfig; readonly state?: string },
  { state, deadlines, metrics, events }: Followers,
): ReturnType<typeof watchConfig> | undefined {
  const { file } = config;
  if (file === undefined) return undefined;
  return watchConfig({
    path: file,
    state,
    loaded: config,
    deadlines,
    onApplied: (_loaded, warnings) => {
      metrics.configReload('applied');
      const texts = toTell(warnings, kept).map(formatProblem);
      const message = [`${file} was applied`, ...texts.map((text) => `warning: ${text}`)].join('; ');
      events.emit('config.applied', message, { warnings: texts });
    },
    onRefused: (error) => {
      metrics.configReload('refused');
      events.emit('config.refused', `${file} was refused, what runs stays as it was: ${error.message}`);
    },
  });
}
