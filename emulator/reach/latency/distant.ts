import type { Duplex } from 'node:stream';
import type { UpgradeResult } from '../../tunnel/connection.js';
import type { Opened } from '../reach.js';
import { type Crossing, crossed } from './crossing.js';
import { DistantBody } from './distant-body.js';
import { DistantDuplex } from './distant-duplex.js';
import { DistantExchange } from './distant-exchange.js';

/** A way as it is seen from afar: each stream on it goes through a crossing of its own. */
export function distant(opened: Opened, cross: () => Crossing): Opened {
  const { switching, underWay } = opened;
  let current: Crossing | undefined;
  const begin = (): Crossing => {
    current = cross();
    return current;
  };
  return {
    ...opened,
    waitsForClock: true,
    underWay: () => (current !== undefined && (current.out.underWay || current.back.underWay)) || underWay?.() === true,
    request: (head, body, handler) => new DistantExchange(opened, head, body, handler, begin()),
    switching:
      switching.by === 'connector'
        ? {
            by: 'connector',
            upgrade: (head, signal) => {
              const crossing = begin();
              const near = (result: UpgradeResult): UpgradeResult =>
                result.accepted
                  ? { ...result, stream: new DistantDuplex(result.stream, crossing) }
                  : { ...result, body: new DistantBody(result.body, crossing.back) };
              return ask(() => switching.upgrade(head, signal), { crossing, signal, near, drop: dropAnswer });
            },
          }
        : {
            by: 'edge',
            connect: (signal) => {
              const crossing = begin();
              const near = (stream: Duplex): Duplex => new DistantDuplex(stream, crossing);
              return ask(() => switching.connect(signal), {
                crossing,
                signal,
                near,
                drop: (stream) => stream.destroy(),
              });
            },
          },
  };
}

function dropAnswer(result: UpgradeResult): void {
  (result.accepted ? result.stream : result.body).destroy();
}

interface Asking<T> {
  readonly crossing: Crossing;
  readonly signal: AbortSignal;
  /** What the other side gave, as it is seen from here. */
  readonly near: (answer: T) => T;
  readonly drop: (answer: T) => void;
}

/** The question goes there, the answer comes back, and what follows it comes behind it. Failures take as long. */
async function ask<T>(question: () => Promise<T>, { crossing, signal, near, drop }: Asking<T>): Promise<T> {
  await crossed(crossing.out, signal);
  const answered = crossing.awaitAnswer();
  let answer: T;
  try {
    answer = await question();
  } catch (error) {
    const told = crossed(crossing.back, signal);
    answered();
    await told;
    throw error;
  }
  const told = crossed(crossing.back, signal);
  const here = near(answer);
  answered();
  try {
    await told;
  } catch (error) {
    drop(here);
    throw error;
  }
  return here;
}
