import type { Duplex } from 'node:stream';
import type { Deadlines } from '../../../runtime/deadlines.js';
import { messageOf } from '../../../runtime/errors.js';
import { resetStream } from '../../../runtime/reset-stream.js';
import type { RequestTrace } from '../../observe/journal.types.js';
import { idleDetail } from '../idle-watch.js';
import { joinStreams, watchIdle } from '../joined.js';
import type { ConnectionClient } from './connection.types.js';

export interface CarryOptions {
  readonly deadlines: Deadlines;
  readonly idleSeconds: number;
  readonly underWay: (() => boolean) | undefined;
  /** Bytes are counted here as they pass. */
  readonly counts: Pick<RequestTrace, 'requestBytes' | 'responseBytes'>;
  /** Called once, when both sides are closed. */
  readonly ended: (end: CarryEnd) => void;
}

export interface CarryEnd {
  readonly outcome: NonNullable<RequestTrace['outcome']>;
  /** One sentence for people. */
  readonly detail: string;
}

/**
 * Bytes both ways between a client and what was dialled for it, each side as fast as the other takes them. A side that
 * ends is heard to have ended, a side that breaks to have broken: a reset goes on as a reset, so that nobody takes half
 * of an answer for the whole.
 */
export function carry(
  { socket: client, reset }: Pick<ConnectionClient, 'socket' | 'reset'>,
  origin: Duplex,
  options: CarryOptions,
): void {
  const { counts } = options;
  let end: CarryEnd | undefined;
  let open = 2;
  const because = (why: CarryEnd): void => {
    end ??= why;
  };
  const closed = (): void => {
    open--;
    if (open === 0) options.ended(end ?? { outcome: 'complete', detail: 'both sides had ended' });
  };

  client.on('data', (chunk: Buffer) => {
    counts.requestBytes += chunk.length;
  });
  origin.on('data', (chunk: Buffer) => {
    counts.responseBytes += chunk.length;
  });
  // These come first, so that what is broken is not ended properly by those who join the two.
  client.on('error', (error) => {
    because({ outcome: 'client_closed', detail: `the client's side broke: ${messageOf(error)}` });
    resetStream(origin);
  });
  origin.on('error', (error) => {
    because({ outcome: 'cut_off', detail: `the other side broke: ${messageOf(error)}` });
    reset();
  });
  origin.on('close', () => {
    if (origin.readableEnded || client.destroyed) return;
    because({ outcome: 'cut_off', detail: 'the other side closed without an end' });
    reset();
  });
  client.once('close', closed);
  origin.once('close', closed);

  joinStreams(client, origin);
  const { deadlines, idleSeconds: seconds, underWay } = options;
  watchIdle(client, origin, { deadlines, seconds, underWay }, () => {
    because({ outcome: 'cut_off', detail: idleDetail(seconds) });
  });
}
