import { describe, expect, test } from 'vitest';
import { EDGE_ERROR_NAMES } from './edge-errors.js';
import { createErrorPages, edgeError, pageOf } from './pages.js';

const pages = createErrorPages();
const request = { ray: '7d0c5a3e9b1f2a64-NRT', host: 'app.example.com' };
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

function headersOf(headers: readonly string[]): Record<string, string | undefined> {
  const fields: Record<string, string | undefined> = {};
  for (let i = 0; i < headers.length; i += 2) fields[headers[i] ?? ''] = headers[i + 1];
  return fields;
}

describe('an error page', () => {
  test.each([
    [BROWSER, 'text/html; charset=utf-8'],
    ['TEXT/HTML', 'text/html; charset=utf-8'],
    ['application/json', 'application/json; charset=utf-8'],
    ['application/problem+json', 'application/json; charset=utf-8'],
    ['application/json, text/plain, */*', 'application/json; charset=utf-8'],
    ['application/json, text/html', 'application/json; charset=utf-8'],
    ['text/html, application/json', 'text/html; charset=utf-8'],
    ['*/*', 'text/plain; charset=utf-8'],
    ['image/avif,*/*', 'text/plain; charset=utf-8'],
    [undefined, 'text/plain; charset=utf-8'],
  ])('for who accepts %s is %s', (accept, type) => {
    const { headers, body } = pages.render(pageOf(edgeError('tunnel_not_connected'), { ...request, accept }));
    expect(headersOf(headers)).toMatchObject({
      'content-type': type,
      'content-length': String(body.length),
      'cache-control': 'no-store',
    });
  });

  test.each(['text/html', 'application/json', undefined])(
    'as %s says what happened, what to do, and where to look',
    (accept) => {
      const error = edgeError('bad_gateway');
      const { status, body } = pages.render(pageOf(error, { ...request, accept }));
      const text = body.toString().replaceAll('&#39;', "'").replaceAll('&quot;', '"').replaceAll('\\"', '"');
      expect(status).toBe(502);
      for (const part of ['502', error.title, error.detail, error.fix, request.ray, request.host, 'colocal']) {
        expect(text).toContain(part);
      }
    },
  );

  test('as JSON is one object with the code', () => {
    const { body } = pages.render(pageOf(edgeError('origin_dns'), { ...request, accept: 'application/json' }));
    expect(JSON.parse(body.toString())).toEqual({
      error: { ...edgeError('origin_dns'), ray: request.ray, host: request.host, source: 'colocal' },
    });
  });

  test('as HTML shows nothing as markup that came from outside, and loads nothing', () => {
    const evil = `"><script>alert('x')</script>&`;
    const { body } = pages.render({
      ...edgeError('bad_request'),
      title: evil,
      detail: evil,
      fix: evil,
      ray: evil,
      host: evil,
      accept: BROWSER,
    });
    const html = body.toString();
    expect(html).not.toContain('<script');
    expect(html).toContain('&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;');
    expect(html).not.toMatch(/https?:|src=|url\(/);
    expect(html).toContain('prefers-color-scheme:dark');
  });

  test('without a ray does not mention one', () => {
    for (const accept of ['text/html', 'application/json', '*/*']) {
      const { body } = pages.render(pageOf(edgeError('bad_request'), { ray: '', accept }));
      expect(body.toString()).not.toMatch(/\bray\b/);
    }
  });
});

describe("errors that are Cloudflare's", () => {
  test('carry the 1xxx code or the 52x status in cf-error-type; ordinary ones do not', () => {
    const types = Object.fromEntries(
      EDGE_ERROR_NAMES.map((name) => {
        const fields = headersOf(pages.render(pageOf(edgeError(name), request)).headers);
        expect(fields['cf-error-origin']).toBe(fields['cf-error-type'] && 'edge');
        return [name, fields['cf-error-type']];
      }).filter(([, type]) => type !== undefined),
    );
    expect(types).toEqual({
      unknown_host: '1001',
      invalid_response: '520',
      connection_refused: '521',
      connection_timeout: '522',
      unreachable: '523',
      response_timeout: '524',
      tls_handshake: '525',
      invalid_certificate: '526',
      origin_dns: '1016',
      tunnel_not_connected: '1033',
    });
  });

  test('are found by status and code as well as by name', () => {
    expect(edgeError(530, 1033)).toBe(edgeError('tunnel_not_connected'));
    expect(edgeError(530, 1016)).toBe(edgeError('origin_dns'));
    expect(edgeError(530, 1001)).toBe(edgeError('unknown_host'));
    expect(edgeError(502)).toBe(edgeError('bad_gateway'));
    expect(edgeError(522)).toBe(edgeError('connection_timeout'));
    expect(edgeError(418)).toMatchObject({ status: 418, title: "I'm a Teapot" });
  });

  test('all have words for what happened and what to do', () => {
    for (const name of EDGE_ERROR_NAMES) {
      const { title, detail, fix } = edgeError(name);
      expect(title).toMatch(/^\S.*[^.]$/);
      expect(detail).toMatch(/\.$/);
      expect(fix).toMatch(/\.$/);
    }
  });
});
