import { type Answer, readNumber, sendJson } from '../answer.js';

/** `/status/503`: answers with that status. 1xx are not final answers, so it starts at 200. */
export const status: Answer = (origin, _request, response, target) => {
  const code = readNumber('the status', target.rest, 200, 599);
  if (code === 204 || code === 304) response.writeHead(code).end();
  else sendJson(response, code, { origin: origin.name, status: code });
};
