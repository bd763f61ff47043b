import type { Duplex, Readable } from 'node:stream';
import type { Deadlines } from '../../runtime/deadlines.js';
import { IdleWatch } from './idle-watch.js';

/** Copies bytes both ways until both are done; a break on one side breaks the other. */
export function joinStreams(a: Duplex, b: Duplex): void {
  a.pipe(b);
  b.pipe(a);
  endTogether(a, b);
  a.on('error', () => b.destroy());
  b.on('error', () => a.destroy());
}

export function endTogether(a: Duplex, b: Duplex): void {
  a.on('close', () => partnerGone(b, a));
  b.on('close', () => partnerGone(a, b));
}

/**
 * The other side of `stream` is closed. If it had said its last word, that is still passed on, however slowly it is taken;
 * what comes from `stream` has nobody to go to.
 */
function partnerGone(stream: Duplex, gone: Duplex): void {
  if (gone.readableEnded && gone.writableFinished) stream.resume();
  else stream.destroy();
}

export interface IdleOptions {
  readonly deadlines: Deadlines;
  readonly seconds: number;
  /** Whether simulated latency holds something up. */
  readonly underWay?: (() => boolean) | undefined;
}

/**
 * Calls `onIdle` when nothing has come from either side for so long, after which both are closed. While the client
 * does not take what it is sent, nobody else is waited for: that time does not count.
 */
export function watchIdle(
  client: Duplex,
  origin: Readable,
  { deadlines, seconds, underWay }: IdleOptions,
  onIdle: () => void,
): void {
  const expired = (): void => {
    if (client.writableNeedDrain) {
      client.once('drain', () => idle.moved());
      return;
    }
    onIdle();
    client.destroy();
    origin.destroy();
  };
  const idle = new IdleWatch(deadlines, seconds, expired, underWay);
  for (const side of [client, origin]) {
    side.on('data', () => idle.moved());
    side.on('close', () => idle.stop());
  }
}
