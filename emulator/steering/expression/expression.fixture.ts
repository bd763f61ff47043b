import type { HttpFacts } from '../steering.types.js';
import { compileExpression, ExpressionError, fieldValues } from './index.js';

/** A request to `lb.example.com` that enters in Tokyo, with what a test changes. */
export function request(changes: Partial<HttpFacts> = {}): HttpFacts {
  return {
    kind: 'http',
    dataCenter: 'NRT',
    region: 'NEAS',
    dataCenterCountry: 'JP',
    latitude: 35.76,
    longitude: 140.39,
    country: 'JP',
    asn: 64_501,
    clientIp: '203.0.113.7',
    clientPort: 50_000,
    now: 1_700_000_000_900,
    host: 'app.example.com',
    method: 'GET',
    scheme: 'https',
    path: '/blog/first?tag=red&page=2&tag=Blue',
    headers: ['Accept', 'text/html', 'X-Tag', 'one', 'x-tag', 'Two'],
    httpVersion: 'HTTP/1.1',
    ...changes,
  };
}

/** Whether an expression holds for a request. */
export function holds(text: string, changes: Partial<HttpFacts> = {}): boolean {
  return compileExpression(text).matches(fieldValues('lb.example.com', request(changes)));
}

/** How an expression is refused. */
export function refusal(text: string): ExpressionError {
  try {
    compileExpression(text);
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

/** What of an expression is wrong: the characters that are marked. */
export function wrong(text: string): string {
  const { position, length } = refusal(text);
  return text.slice(position, position + length);
}
