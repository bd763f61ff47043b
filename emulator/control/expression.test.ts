import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Fixture, startControl } from './control.fixture.js';

let edge: Fixture;
beforeEach(async () => {
  edge = await startControl();
});
afterEach(() => edge.control.close());

const evaluate = (body: unknown) => edge.ask('POST', '/colocal/v1/expression/evaluate', { body: JSON.stringify(body) });

describe('POST expression/evaluate', () => {
  test('says that an expression is good, and how it is written best', async () => {
    const { status, json } = await evaluate({ expression: '(http.host=="a"||dns.qry.qu)' });
    expect(status).toBe(200);
    expect(json).toEqual({ valid: true, canonical: 'http.host eq "a" or dns.qry.qu', type: 'boolean' });
  });

  test('tries it with a request', async () => {
    const facts = {
      host: 'App.Example.com:8080',
      path: '/caf\u00e9?page=2',
      method: 'POST',
      headers: { 'X-Tag': ['a', 'b'], Cookie: 'c=1' },
      client_ip: '2001:db8::1',
      asn: 64_501,
      colo: 'lhr',
      http_version: 'HTTP/2',
      load_balancer: 'lb.example.com',
    };
    for (const expression of [
      'http.host == "app.example.com" and cf.load_balancer.name == "lb.example.com"',
      'http.request.uri.path == "/caf\u00e9" and http.request.uri.args["page"][0] == "2"',
      'http.request.method == "POST" and http.request.version == "HTTP/2"',
      'http.request.headers["x-tag"][1] == "b" and http.cookie == "c=1"',
      'ip.src in {2001:db8::/32} and ip.src.asnum == 64501',
      'cf.load_balancer.region == "WEU"',
    ]) {
      expect((await evaluate({ expression, facts })).json, expression).toMatchObject({ result: true });
      expect((await evaluate({ expression: `not (${expression})`, facts })).json).toMatchObject({ result: false });
    }
  });

  test.each([
    'http.host == "" and cf.load_balancer.name == ""',
    'http.request.uri == "/" and http.request.method == "GET" and http.request.version == "HTTP/1.1"',
    'ip.src == 127.0.0.1 and not ip.src.asnum >= 0',
    'cf.load_balancer.region == "NEAS"',
  ])('has defaults for what a request leaves out: %s', async (expression) => {
    expect((await evaluate({ expression, facts: {} })).json).toMatchObject({ result: true });
  });

  test('takes the time of the model', async () => {
    await edge.ask('POST', '/colocal/v1/clock/advance', { body: '{"by":"1m"}' });
    const seconds = Math.floor(edge.deps.clock.now() / 1000);
    const expression = `http.request.timestamp.sec == ${seconds}`;
    expect((await evaluate({ expression, facts: {} })).json).toMatchObject({ result: true });
  });

  test('refuses a wrong one with the place', async () => {
    const { status, json } = await evaluate({ expression: 'http.host == "a" and\nip.src == 5' });
    expect(status).toBe(400);
    expect(json).toEqual({
      error: {
        code: 'EXPRESSION_INVALID',
        message: 'a value of type IP address is compared with one of type Integer',
        fix: 'write an address without quotes, such as 192.0.2.1',
        position: 31,
        length: 1,
        line: 2,
        column: 11,
        caret: 'ip.src == 5\n          ^',
      },
    });
  });

  test.each([
    [{}, 'INVALID_REQUEST'],
    [{ expression: 5 }, 'INVALID_REQUEST'],
    [{ expression: 'dns.qry.qu', facts: { country: 'JP' } }, 'INVALID_REQUEST'],
    [{ expression: 'dns.qry.qu', facts: { http_version: '2' } }, 'INVALID_REQUEST'],
    [{ expression: 'dns.qry.qu', facts: { path: 'blog' } }, 'BAD_FACT'],
    [{ expression: 'dns.qry.qu', facts: { client_ip: '10.1' } }, 'BAD_FACT'],
    [{ expression: 'dns.qry.qu', facts: { colo: 'TKY' } }, 'UNKNOWN_DATA_CENTER'],
  ])('refuses %j: %s', async (body, code) => {
    const { status, json } = await evaluate(body);
    expect([status, json.error.code, typeof json.error.fix]).toEqual([400, code, 'string']);
  });

  test('is described', async () => {
    const { json } = await edge.ask('GET', '/colocal/v1/openapi.json');
    const { post } = json.paths['/colocal/v1/expression/evaluate'];
    expect(Object.keys(post.responses).sort()).toEqual(['200', '400']);
    expect(JSON.stringify(post.responses['400'])).toContain('caret');
  });
});
