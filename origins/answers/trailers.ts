import { createHash } from 'node:crypto';
import type { Answer } from '../answer.js';

/** `/trailers`: a body whose digest follows it as a trailer. */
export const trailers: Answer = (origin, _request, response) => {
  const body = `${origin.name} says: the digest of this comes after it\n`;
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', trailer: 'x-sha256, x-trailer-origin' });
  response.write(body);
  response.addTrailers({
    'x-sha256': createHash('sha256').update(body).digest('hex'),
    'x-trailer-origin': origin.name,
  });
  response.end();
};
