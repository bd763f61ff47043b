import { type Answer, readNumber } from '../answer.js';

const MOST_EVENTS = 10_000;
/** Shorter than this server's idle timeout. Milliseconds. */
const LONGEST_PAUSE = 60_000;

/** `/stream?count=10&ms=1000`: server-sent events, that many, one each so many milliseconds, the first at once. */
export const stream: Answer = (origin, request, response, target) => {
  const count = readNumber('count', target.query.get('count') ?? '10', 1, MOST_EVENTS);
  const pause = readNumber('ms', target.query.get('ms') ?? '1000', 0, LONGEST_PAUSE);
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  let cancel = (): void => undefined;
  const send = (number: number): void => {
    const flowing = response.write(`id: ${number}\ndata: ${JSON.stringify({ origin: origin.name, number })}\n\n`);
    if (number === count) {
      response.end();
      return;
    }
    const next = (): void => {
      const deadline = origin.deadlines.after(pause, () => send(number + 1));
      cancel = () => deadline.cancel();
    };
    if (flowing) next();
    else response.once('drain', next);
  };
  response.once('close', () => {
    response.removeAllListeners('drain');
    cancel();
  });
  send(1);
};
