import { FailureError } from '../../tunnel/connection.js';

/** One direction of a stream between two ends that are apart: what is sent is delivered later, in order. */
export interface Line {
  /** Called once there is room again after {@link send} answered false. */
  room: () => void;
  /** Bytes that are sent as one at most; absent: as many as there are. */
  readonly piece?: number;
  /**
   * Sends something that `deliver` hands over at the other end. Returns false when the window is full: the sender waits
   * for {@link room}; what it sends all the same is taken. Nothing is taken once the line is closed.
   */
  send(deliver: () => void, bytes?: number): boolean;
  /** The receiver takes nothing more for now: what is due waits, and time does not count. */
  pause(): void;
  /** Delivers at once what has fallen due meanwhile. */
  resume(): void;
  /** Whether it is time, and not the receiver, that something waits for. */
  readonly underWay: boolean;
  /** Drops what is on its way. Idempotent. */
  close(): void;
}

/** The two directions between the edge and what a way leads to, for one stream. */
export interface Crossing {
  readonly out: Line;
  readonly back: Line;
  /** The other side has been asked and is about to answer. Returns what to call once it has, or will not. */
  awaitAnswer(): () => void;
}

/** Sends bytes in pieces that the line takes as one. */
export function sendBytes(line: Line, chunk: Buffer, deliver: (piece: Buffer) => void): boolean {
  const { piece = chunk.length } = line;
  let more = true;
  for (let at = 0; at < chunk.length; at += piece) {
    const part = piece >= chunk.length ? chunk : chunk.subarray(at, at + piece);
    more = line.send(() => deliver(part), part.length);
  }
  return more;
}

/** Drops all that is on its way. */
export function closeCrossing({ out, back }: Crossing): void {
  out.close();
  back.close();
}

/** Resolves when something sent now has arrived; rejects, with nothing left under way, when it is given up before. */
export function crossed(line: Line, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const givenUp = (): void => {
      line.close();
      reject(new FailureError({ kind: 'aborted', detail: 'given up while it was on its way', unsent: true }));
    };
    if (signal.aborted) {
      givenUp();
      return;
    }
    signal.addEventListener('abort', givenUp, { once: true });
    line.send(() => {
      signal.removeEventListener('abort', givenUp);
      resolve();
    });
  });
}
