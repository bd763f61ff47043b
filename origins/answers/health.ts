import { type Answer, methodWrong, sendJson } from '../answer.js';

/** `/health`: 200 or 503, by a switch that `POST /health/up` and `POST /health/down` turn. */
export const health: Answer = (origin, request, response, target) => {
  if (target.rest === 'up' || target.rest === 'down') {
    if (request.method !== 'POST') throw methodWrong({ path: target.path, allowed: 'POST' });
    origin.healthy = target.rest === 'up';
    sendJson(response, 200, { origin: origin.name, healthy: origin.healthy });
    return;
  }
  sendJson(response, origin.healthy ? 200 : 503, { origin: origin.name, healthy: origin.healthy });
};
