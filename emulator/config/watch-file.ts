import { type FSWatcher, realpathSync, watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { Deadline, Deadlines } from '../../runtime/deadlines.js';
import { ColocalError } from '../../runtime/errors.js';
import { configUnreadable } from './config-error.js';
import { readConfigFile } from './load.js';

export interface WatchFileOptions {
  readonly path: string;
  /** What was read last. */
  readonly text: string | undefined;
  readonly deadlines: Deadlines;
  /** Milliseconds for which the content must stay the same. Default 50: past the steps in which editors save, still at once for a person. */
  readonly settle?: number;
  /** The file has other content than before, and it has settled. */
  onText(text: string): void;
  /** The file is gone, cannot be read or cannot be watched. Told once, until it is there again. */
  onError(error: ColocalError): void;
}

export interface Watch {
  close(): void;
}

/** What one look at the file gave. */
type Sight = { readonly text: string } | { readonly error: ColocalError };

/**
 * Watches a file by its directory: editors replace a file by renaming another one over it, after which a watch of
 * the file itself would be a watch of nothing. A link's target is watched in the same way.
 *
 * Content counts once two looks in a row see the same: half a file is often good YAML, and would take away what
 * stands in the other half.
 */
export function watchFile(options: WatchFileOptions): Watch {
  const path = resolve(options.path);
  const target = realpathSync(path);
  let known: Sight | undefined = options.text === undefined ? undefined : { text: options.text };
  let candidate: Sight | undefined;
  let settling: Deadline | undefined;
  let open = true;
  let looking = Promise.resolve();

  // Not started anew by further signs: a directory that never rests must not hold the file back.
  const lookSoon = () => {
    if (!open || settling) return;
    settling = options.deadlines.after(options.settle ?? 50, () => {
      settling = undefined;
      // One after the other, so that an older content never follows a newer one.
      looking = looking.then(look);
    });
  };

  async function look(): Promise<void> {
    const sight = await sightOf(options.path);
    if (!open) return;
    if (isSame(sight, known)) {
      candidate = undefined;
    } else if (isSame(sight, candidate)) {
      known = sight;
      candidate = undefined;
      if ('text' in sight) options.onText(sight.text);
      else options.onError(sight.error);
    } else {
      candidate = sight;
      lookSoon();
    }
  }

  const watchers = [...new Set([dirname(path), dirname(target)])].map((directory): FSWatcher => {
    const watcher = watch(directory, { persistent: false }, (_event, name) => {
      // Behind a link the names that change may be those of directories on its way.
      if (name === null || name === basename(path) || path !== target) lookSoon();
    });
    watcher.on('error', (cause) =>
      options.onError(configUnreadable({ path: options.path, reason: 'it cannot be watched' }, { cause })),
    );
    return watcher;
  });

  // What happened between reading the file and watching it.
  lookSoon();

  return {
    close() {
      open = false;
      settling?.cancel();
      for (const watcher of watchers) watcher.close();
    },
  };
}

async function sightOf(path: string): Promise<Sight> {
  try {
    return { text: await readConfigFile(path) };
  } catch (error) {
    if (error instanceof ColocalError) return { error };
    throw error;
  }
}

function isSame(a: Sight, b: Sight | undefined): boolean {
  if (b === undefined) return false;
  if ('text' in a) return 'text' in b && a.text === b.text;
  return 'error' in b && a.error.message === b.error.message;
}
