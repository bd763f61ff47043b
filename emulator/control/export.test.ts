import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Fixture, startControl, TOKEN } from './control.fixture.js';

let edge: Fixture;
beforeEach(async () => {
  edge = await startControl();
});
afterEach(() => edge.control.close());

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

describe('GET /colocal/v1/export', () => {
  test('is YAML, which nobody keeps', async () => {
    const { status, headers, text } = await edge.ask('GET', '/colocal/v1/export');
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'content-type': 'text/yaml; charset=utf-8', 'cache-control': 'no-store' });
    expect(text).toMatch(/^account:\n/);
  });

  test('has secrets only for the token that asks for them', async () => {
    const asked = '/colocal/v1/export?secrets=true';
    expect((await edge.ask('GET', asked, bearer(TOKEN))).text).toContain(TOKEN);
    for (const [path, options] of [
      ['/colocal/v1/export', bearer(TOKEN)],
      ['/colocal/v1/export?secrets=false', bearer(TOKEN)],
      [asked, {}],
    ] as const) {
      const { status, text } = await edge.ask('GET', path, options);
      expect(status).toBe(200);
      expect(text).not.toContain(TOKEN);
    }
  });

  test('refuses a wrong token, also on loopback', async () => {
    const { status, json } = await edge.ask('GET', '/colocal/v1/export?secrets=true', bearer(`${TOKEN}x`));
    expect(status).toBe(401);
    expect(json.error.code).toBe('TOKEN_WRONG');
  });
});
