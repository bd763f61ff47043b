import type { IncomingMessage } from 'node:http';
import { type Answer, sendJson } from '../answer.js';

/** Any path: who answers, and what arrived. */
export const describeRequest: Answer = (origin, request, response) => {
  const describe = (bodyBytes: number): void =>
    sendJson(response, 200, {
      origin: origin.name,
      method: request.method,
      path: request.url,
      headers: request.headers,
      remote_address: request.socket.remoteAddress,
      remote_port: request.socket.remotePort,
      body_bytes: bodyBytes,
    });
  if (!hasBody(request)) {
    describe(0);
    return;
  }
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  request.on('end', () => describe(bytes));
};

function hasBody(request: IncomingMessage): boolean {
  const { headers } = request;
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}
