import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { harOf } from './har.js';
import { traced } from './journal.fixture.js';
import type { RequestTrace } from './journal.types.js';

/** The format field by field (HAR 1.2), each object closed but for names that begin with "_", and `comment`. */
const own = <T extends z.ZodRawShape>(shape: T) =>
  z
    .looseObject({ ...shape, comment: z.string().optional() })
    .refine((value) => Object.keys(value).every((key) => key in shape || key === 'comment' || key.startsWith('_')));
const named = own({ name: z.string(), value: z.string() });
const cookie = own({
  name: z.string(),
  value: z.string(),
  path: z.string().optional(),
  domain: z.string().optional(),
  expires: z.iso.datetime().optional(),
  httpOnly: z.boolean().optional(),
  secure: z.boolean().optional(),
});
const size = z.int().min(-1);
const spent = z.number().min(-1);
const HAR = own({
  log: own({
    version: z.literal('1.2'),
    creator: own({ name: z.string(), version: z.string() }),
    browser: own({ name: z.string(), version: z.string() }).optional(),
    pages: z.array(z.unknown()).optional(),
    entries: z.array(
      own({
        pageref: z.string().optional(),
        startedDateTime: z.iso.datetime(),
        time: z.number().min(0),
        request: own({
          method: z.string().min(1),
          url: z.url(),
          httpVersion: z.string().regex(/^HTTP\/\d/),
          cookies: z.array(cookie),
          headers: z.array(named),
          queryString: z.array(named),
          postData: own({ mimeType: z.string(), params: z.array(z.unknown()), text: z.string() }).optional(),
          headersSize: size,
          bodySize: size,
        }),
        response: own({
          status: z.int().min(0),
          statusText: z.string(),
          httpVersion: z.string().regex(/^HTTP\/\d/),
          cookies: z.array(cookie),
          headers: z.array(named),
          content: own({
            size: z.int().min(0),
            compression: z.int().optional(),
            mimeType: z.string().min(1),
            text: z.string().optional(),
            encoding: z.string().optional(),
          }),
          redirectURL: z.string(),
          headersSize: size,
          bodySize: size,
        }),
        cache: own({ beforeRequest: z.unknown().optional(), afterRequest: z.unknown().optional() }),
        timings: own({
          blocked: spent.optional(),
          dns: spent.optional(),
          connect: spent.optional(),
          send: z.number().min(0),
          wait: z.number().min(0),
          receive: z.number().min(0),
          ssl: spent.optional(),
        }),
        serverIPAddress: z.string().optional(),
        connection: z.string().optional(),
      }),
    ),
  }),
});

const FULL = traced({
  startedAt: Date.UTC(2026, 0, 1, 12),
  endedAt: Date.UTC(2026, 0, 1, 12) + 250,
  method: 'POST',
  path: '/a?b=c%20d&b=e&f',
  status: 302,
  requestBytes: 5,
  responseBytes: 900,
  loadBalancer: 'app.example.com',
  pool: 'tokyo',
  endpoint: 'tokyo-a',
  attempts: [{ pool: 'tokyo', endpoint: 'tokyo-a', address: '192.0.2.1', tunnel: 'tokyo', status: 302 }],
  reasons: [{ step: 'pool', subject: 'tokyo', outcome: 'chosen', detail: 'first' }],
  outcome: 'complete',
  recorded: {
    authority: 'app.example.com:8080',
    request: {
      headers: [
        'Host',
        'app.example.com:8080',
        'Content-Type',
        'text/plain',
        'Cookie',
        'a=1; b=x=y',
        'Authorization',
        'Bearer t',
      ],
      body: { kept: Buffer.from('hello'), whole: true },
    },
    response: {
      headers: ['Location', '/there', 'Set-Cookie', 'session=s3cret; Path=/; HttpOnly', 'Content-Type', 'image/png'],
      body: { kept: Buffer.from([0x89, 0xff, 0x00]), whole: false },
    },
  },
});

/** The only entry. */
function entry(trace: RequestTrace, secrets = false) {
  const har = harOf([trace], { version: '0.1.0', secrets });
  HAR.parse(JSON.parse(JSON.stringify(har)));
  const [only] = har.log.entries;
  if (!only) throw new Error('no entry');
  return only;
}

describe('HAR', () => {
  test('has of a recorded request all that the format asks for', () => {
    const { request, response, ...rest } = entry(FULL, true);
    expect(rest).toMatchObject({
      startedDateTime: '2026-01-01T12:00:00.000Z',
      time: 250,
      timings: { send: 0, wait: 250, receive: 0, dns: -1 },
      comment: 'pool tokyo: chosen, first',
      _colocal: {
        ray: FULL.ray,
        colo: 'NRT',
        pool: 'tokyo',
        endpoint: 'tokyo-a',
        tunnel: 'tokyo',
        reasons: FULL.reasons,
      },
    });
    expect(request).toMatchObject({
      url: 'http://app.example.com:8080/a?b=c%20d&b=e&f',
      httpVersion: 'HTTP/1.1',
      queryString: [
        { name: 'b', value: 'c d' },
        { name: 'b', value: 'e' },
        { name: 'f', value: '' },
      ],
      cookies: [
        { name: 'a', value: '1' },
        { name: 'b', value: 'x=y' },
      ],
      postData: { mimeType: 'text/plain', params: [], text: 'hello' },
      bodySize: 5,
    });
    expect(response).toMatchObject({
      status: 302,
      statusText: 'Found',
      redirectURL: '/there',
      cookies: [{ name: 'session', value: 's3cret' }],
      content: {
        size: 900,
        mimeType: 'image/png',
        text: Buffer.from([0x89, 0xff, 0x00]).toString('base64'),
        encoding: 'base64',
        comment: 'only its first 3 bytes were recorded',
      },
    });
  });

  test('hides secrets unless it is asked for them', () => {
    const text = JSON.stringify(entry(FULL));
    for (const secret of ['Bearer t', 's3cret', 'x=y']) {
      expect(text).not.toContain(secret);
      expect(JSON.stringify(entry(FULL, true))).toContain(secret);
    }
    expect(entry(FULL).request.headers).toContainEqual({ name: 'Authorization', value: '[hidden]' });
    expect(entry(FULL).request.headers).toContainEqual({ name: 'Content-Type', value: 'text/plain' });
  });

  test('of what was not recorded has what is known', () => {
    expect(entry(traced({ status: 503, httpVersion: '2' }))).toMatchObject({
      time: 0,
      request: { url: 'http://app.example.com/', headers: [], cookies: [], httpVersion: 'HTTP/2' },
      response: { status: 503, statusText: 'Service Unavailable', content: { size: 0, mimeType: 'x-unknown' } },
    });
    expect(entry(traced({ outcome: 'client_closed' })).response.status).toBe(0);
  });

  test('is in the order of time, and without what is no HTTP', () => {
    const traces = [
      traced({ ray: 'c', startedAt: 3 }),
      traced({ ray: 'b', startedAt: 2, scheme: 'tcp', path: '', privateNetwork: { protocol: 'socks5', port: 1 } }),
      traced({ ray: 'a', startedAt: 1 }),
    ];
    const { entries } = harOf(traces, { version: '0.1.0', secrets: false }).log;
    expect(entries.map(({ _colocal }) => _colocal.ray)).toEqual(['a', 'c']);
  });
});
