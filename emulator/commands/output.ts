import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** A stream whose reader has gone, and one that was given up because of it. */
const NOBODY_READS: ReadonlySet<string | undefined> = new Set(['EPIPE', 'ERR_STREAM_DESTROYED']);

/**
 * Writes lines for as long as somebody reads them. A reader may leave, as `head -1` does: nothing is written from then
 * on, and whatever the command does goes on.
 */
export function linesTo(stream: Writable): (text: string) => void {
  watch(stream);
  return (text) => {
    if (!unread.has(stream)) stream.write(`${text}\n`);
  };
}

/** Resolves once nobody reads a stream any more, for a command that has nothing else to do than to write. */
export async function readerGone(stream: Writable): Promise<void> {
  watch(stream);
  while (!unread.has(stream)) await new Promise<void>((resolve) => stream.once('error', () => resolve()));
}

/** Resolves once a stream takes more: whoever writes faster than it is read would fill the memory. */
export async function roomIn(stream: Writable): Promise<void> {
  if (!stream.writableNeedDrain || unread.has(stream)) return;
  const over = new AbortController();
  await Promise.race([once(stream, 'drain', { signal: over.signal }).catch(() => undefined), readerGone(stream)]);
  over.abort();
}

const watched = new WeakSet<Writable>();
const unread = new WeakSet<Writable>();

/** Once for each stream: a process has one standard output, however many commands run in it. */
function watch(stream: Writable): void {
  if (watched.has(stream)) return;
  watched.add(stream);
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (!NOBODY_READS.has(error.code)) throw error;
    unread.add(stream);
  });
}
