import { type Answer, readNumber, sendJson } from '../answer.js';

/** Longer than the edge's connect timeout, shorter than this server's idle timeout. Milliseconds. */
const LONGEST = 60_000;

/** `/slow?ms=1000`: answers after that many milliseconds. */
export const slow: Answer = (origin, _request, response, target) => {
  const waited = readNumber('ms', target.query.get('ms') ?? '1000', 0, LONGEST);
  const deadline = origin.deadlines.after(waited, () => sendJson(response, 200, { origin: origin.name, waited }));
  response.once('close', () => deadline.cancel());
};
