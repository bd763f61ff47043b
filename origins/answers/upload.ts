import { createHash } from 'node:crypto';
import { type Answer, sendJson } from '../answer.js';

/** `/upload`: reads the body as it comes and answers how long it was and its SHA-256. */
export const upload: Answer = (origin, request, response) => {
  const hash = createHash('sha256');
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    hash.update(chunk);
  });
  request.on('end', () => sendJson(response, 200, { origin: origin.name, bytes, sha256: hash.digest('hex') }));
};
