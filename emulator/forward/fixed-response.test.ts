import { describe, expect, test } from 'vitest';
import type { ConfigInput } from '../config/index.js';
import { answering, useForwarder } from './forwarder.fixture.js';

type Rule = NonNullable<
  NonNullable<NonNullable<ConfigInput['zones']>[number]['load_balancers']>[number]['rules']
>[number];

function useRule(fixed_response: NonNullable<Rule['fixed_response']>, always_use_https = false) {
  const config: ConfigInput = {
    zones: [
      {
        name: 'example.com',
        settings: { always_use_https },
        load_balancers: [
          { name: 'app.example.com', proxied: true, default_pools: ['p'], rules: [{ name: 'r', fixed_response }] },
        ],
      },
    ],
    pools: [{ name: 'p', origins: [{ name: 'a', address: '192.0.2.1' }] }],
  };
  return useForwarder({ config, endpoint: () => answering });
}

// docs/reference/load-balancing.md 8.1, 14.33.
describe('a fixed response', () => {
  test('is status, type and body, from no endpoint', async () => {
    const given = { status_code: 418, content_type: 'application/json', message_body: '{"tea":"ü"}' };
    const answer = await useRule(given).ask();
    expect(answer).toMatchObject({ status: 418, body: '{"tea":"ü"}', attempts: 0 });
    expect(answer.header('content-type')).toBe('application/json');
    expect(answer.header('content-length')).toBe('12');
    expect(answer.header('location')).toBeUndefined();
    expect(answer.header('set-cookie')).toBeUndefined();
    expect(answer.header('colocal-route')).toContain('lb="app.example.com"');
  });

  test('without anything is an empty 200 of text/plain', async () => {
    const answer = await useRule({}).ask();
    expect(answer).toMatchObject({ status: 200, body: '' });
    expect(answer.header('content-type')).toBe('text/plain');
    expect(answer.header('content-length')).toBe('0');
  });

  test('sends Location as it was given', async () => {
    const answer = await useRule({ status_code: 302, location: '/maintenance?from=%20here' }).ask();
    expect(answer.status).toBe(302);
    expect(answer.header('location')).toBe('/maintenance?from=%20here');
  });

  test('to HEAD has the head alone, with the length that the body would have', async () => {
    const answer = await useRule({ message_body: 'hello' }).ask({ method: 'HEAD' });
    expect(answer).toMatchObject({ status: 200, body: '' });
    expect(answer.header('content-length')).toBe('5');
  });

  test.each([204, 304])('of status %i has no body and says nothing of one', async (status_code) => {
    const answer = await useRule({ status_code, message_body: 'not sent' }).ask();
    expect(answer).toMatchObject({ status: status_code, body: '' });
    expect(answer.header('content-type')).toBeUndefined();
    expect(answer.header('content-length')).toBeUndefined();
  });
});

test('Always Use HTTPS comes first: plain HTTP is redirected, HTTPS gets the fixed response', async () => {
  const { ask } = useRule({ status_code: 410 }, true);
  const redirected = await ask({ path: '/a?b=c' });
  expect(redirected.status).toBe(301);
  expect(redirected.header('location')).toBe('https://app.example.com/a?b=c');
  expect((await ask({ scheme: 'https' })).status).toBe(410);
});
