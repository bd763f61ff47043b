import type { RequestTrace } from './journal.types.js';

/** A request of which only that is said which a test is about. */
export function traced(about: Partial<RequestTrace>): RequestTrace {
  return {
    ray: '00000000000000aa',
    startedAt: Date.UTC(2026, 0, 1),
    dataCenter: 'NRT',
    clientIp: '203.0.113.7',
    method: 'GET',
    scheme: 'http',
    host: 'app.example.com',
    path: '/',
    httpVersion: '1.1',
    requestBytes: 0,
    responseBytes: 0,
    attempts: [],
    reasons: [],
    ...about,
  };
}
