import { describe, expect, test } from 'vitest';
import type { ClientRequest } from './exchange.js';
import { endToEnd, requestHeaders } from './headers.js';

function request(headers: string[], scheme: 'http' | 'https' = 'http'): ClientRequest {
  const dataCenter = { code: 'NRT', city: 'Tokyo', country: 'JP', region: 'NEAS', latitude: 0, longitude: 0 };
  return {
    method: 'GET',
    scheme,
    host: 'app.example.com',
    authority: 'app.example.com',
    path: '/',
    httpVersion: '1.1',
    headers,
    body: null,
    expectsContinue: false,
    vantage: { dataCenter, clientIp: '203.0.113.7', clientPort: 1, reasons: [] },
  };
}

function valuesOf(headers: readonly string[], name: string): string[] {
  return headers.filter((_, i) => i % 2 === 1 && headers[i - 1]?.toLowerCase() === name);
}

const sent = (headers: string[], scheme?: 'http' | 'https'): string[] =>
  requestHeaders(request(headers, scheme), 'abc-NRT').headers;

describe('what an origin is told', () => {
  test('the headers that Cloudflare adds', () => {
    const headers = sent([], 'https');
    expect(valuesOf(headers, 'cf-ray')).toEqual(['abc-NRT']);
    expect(valuesOf(headers, 'cf-connecting-ip')).toEqual(['203.0.113.7']);
    expect(valuesOf(headers, 'cf-ipcountry')).toEqual(['JP']);
    expect(valuesOf(headers, 'cf-visitor')).toEqual(['{"scheme":"https"}']);
    expect(valuesOf(headers, 'x-forwarded-for')).toEqual(['203.0.113.7']);
    expect(valuesOf(headers, 'x-forwarded-proto')).toEqual(['https']);
    expect(valuesOf(headers, 'cdn-loop')).toEqual(['cloudflare; loops=1']);
  });

  test('a client cannot pretend to be the edge', () => {
    const headers = sent([
      'CF-Connecting-IP',
      '10.9.9.9',
      'cf-ray',
      'fake',
      'CF-IPCountry',
      'XX',
      'X-Forwarded-Proto',
      'https',
      'Host',
      'evil',
    ]);
    expect(valuesOf(headers, 'cf-connecting-ip')).toEqual(['203.0.113.7']);
    expect(valuesOf(headers, 'cf-ray')).toEqual(['abc-NRT']);
    expect(valuesOf(headers, 'cf-ipcountry')).toEqual(['JP']);
    expect(valuesOf(headers, 'x-forwarded-proto')).toEqual(['http']);
    expect(valuesOf(headers, 'host')).toEqual([]);
  });

  test('X-Forwarded-For keeps who was there before', () => {
    expect(
      valuesOf(sent(['X-Forwarded-For', '198.51.100.1', 'x-forwarded-for', '198.51.100.2']), 'x-forwarded-for'),
    ).toEqual(['198.51.100.1, 198.51.100.2, 203.0.113.7']);
  });

  test('nothing that is meant for the neighbour only, not even what Connection names', () => {
    const headers = sent([
      'Connection',
      'close, X-Secret',
      'X-Secret',
      '1',
      'Keep-Alive',
      'x',
      'TE',
      'trailers, gzip',
      'Upgrade',
      'h2c',
      'Accept',
      '*/*',
    ]);
    expect(headers.slice(0, 4)).toEqual(['Accept', '*/*', 'TE', 'trailers']);
    expect(valuesOf(headers, 'x-secret')).toEqual([]);
    expect(valuesOf(headers, 'connection')).toEqual([]);
  });

  test('repeated headers stay repeated, in order and in their own spelling', () => {
    expect(sent(['X-A', '1', 'x-b', '2', 'X-A', '3']).slice(0, 6)).toEqual(['X-A', '1', 'x-b', '2', 'X-A', '3']);
  });

  test('loops are counted over several entries, and end', () => {
    expect(valuesOf(sent(['CDN-Loop', 'other; loops=9, cloudflare; loops=2']), 'cdn-loop')).toEqual([
      'cloudflare; loops=3',
    ]);
    expect(requestHeaders(request(['CDN-Loop', 'cloudflare; loops=7']), 'r').looping).toBe(false);
    expect(requestHeaders(request(['CDN-Loop', 'cloudflare; loops=8']), 'r').looping).toBe(true);
    expect(requestHeaders(request(['CDN-Loop', Array(8).fill('cloudflare').join(', ')]), 'r').looping).toBe(true);
  });
});

test('a response loses only what was between neighbours', () => {
  const headers = endToEnd([
    'Connection',
    'X-Hop',
    'X-Hop',
    '1',
    'Transfer-Encoding',
    'chunked',
    'Set-Cookie',
    'a=1',
    'set-cookie',
    'b=2',
    'Trailer',
    'X-T',
  ]);
  expect(headers).toEqual(['Set-Cookie', 'a=1', 'set-cookie', 'b=2', 'Trailer', 'X-T']);
});

test('a response has no ray and route but this edge’s own, though its origin may be an edge as well', () => {
  expect(endToEnd(['CF-Ray', 'inner', 'Colocal-Route', 'ray="inner"', 'X-Kept', '1'])).toEqual(['X-Kept', '1']);
});
