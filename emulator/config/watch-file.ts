import { type FSWatcher, realpathSync, watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { Deadline, Deadlines } from '../../runtime/deadlines.js';

export interface WatchFileOptions {
  readonly path: string;
  readonly deadlines: Deadlines;
  /**
   * Milliseconds from the first sign of a change until the file is read. An editor that saves does several things
   * in a row; 100 ms is past all of them, and still at once for a person.
   */
  readonly settle?: number;
  /** Something may have happened to the file. */
  onSign(): void;
  /** Watching is not possible any more. */
  onError(error: unknown): void;
}

export interface Watch {
  close(): void;
}

/**
 * Watches a file by its directory: editors replace a file by renaming another one over it, after which a watch of
 * the file itself would be a watch of nothing. A link's target is watched in the same way.
 */
export function watchFile(options: WatchFileOptions): Watch {
  const path = resolve(options.path);
  const target = realpathSync(path);
  let settling: Deadline | undefined;
  let open = true;

  // Not started anew by further signs: a directory that never rests must not hold the file back.
  const sign = () => {
    if (!open || settling) return;
    settling = options.deadlines.after(options.settle ?? 100, () => {
      settling = undefined;
      options.onSign();
    });
  };

  const watchers = [...new Set([dirname(path), dirname(target)])].map((directory): FSWatcher => {
    const watcher = watch(directory, { persistent: false }, (_event, name) => {
      // Behind a link the names that change may be those of directories on its way.
      if (name === null || name === basename(path) || path !== target) sign();
    });
    watcher.on('error', options.onError);
    return watcher;
  });

  // What happened between reading the file and watching it.
  sign();

  return {
    close() {
      open = false;
      settling?.cancel();
      for (const watcher of watchers) watcher.close();
    },
  };
}
