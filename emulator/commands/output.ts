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
