import { describe, expect, test } from 'vitest';
import { type Gate, isLoopbackAddress, refusalOf } from './gate.js';

const TOKEN = 'a-token-of-at-least-forty-characters-0123456789';
const loopback: Gate = { loopback: true, token: () => TOKEN };
const elsewhere: Gate = { loopback: false, token: () => TOKEN };

describe('gate on loopback', () => {
  test.each(['127.0.0.1:7880', '127.8.9.1', 'localhost', 'LOCALHOST:7880', 'app.localhost:1', '[::1]:7880', '[::1]'])(
    'answers Host %s',
    (host) => {
      expect(refusalOf('/colocal/v1/state', { host }, loopback)).toBeUndefined();
    },
  );

  test.each(['evil.example', '10.0.0.1:7880', '127.0.0.1.evil.example', 'localhost.evil.example', '[::2]', '', '[::1'])(
    'refuses Host %s',
    (host) => {
      expect(refusalOf('/colocal/v1/ready', { host }, loopback)?.code).toBe('HOST_REFUSED');
    },
  );

  test('refuses a request without Host', () => {
    expect(refusalOf('/', {}, loopback)?.code).toBe('HOST_REFUSED');
  });

  test('answers its own pages and refuses those of others', () => {
    const ask = (origin: string) => refusalOf('/colocal/v1/reset', { host: 'localhost:7880', origin }, loopback)?.code;
    expect(ask('http://localhost:7880')).toBeUndefined();
    expect(ask('http://localhost:3000')).toBe('ORIGIN_REFUSED');
    expect(ask('https://evil.example')).toBe('ORIGIN_REFUSED');
    expect(ask('null')).toBe('ORIGIN_REFUSED');
  });
});

describe('gate elsewhere', () => {
  const ask = (path: string, authorization?: string) =>
    refusalOf(path, { host: 'edge:7880', ...(authorization === undefined ? {} : { authorization }) }, elsewhere)?.code;

  test('asks for the token, whatever the Host', () => {
    expect(ask('/colocal/v1/state')).toBe('TOKEN_MISSING');
    expect(ask('/colocal/v1/state', `Basic ${TOKEN}`)).toBe('TOKEN_MISSING');
    expect(ask('/colocal/v1/state', 'Bearer wrong')).toBe('TOKEN_WRONG');
    expect(ask('/colocal/v1/state', `Bearer ${TOKEN}x`)).toBe('TOKEN_WRONG');
    expect(ask('/colocal/v1/state', `Bearer ${TOKEN}`)).toBeUndefined();
    expect(ask('/colocal/v1/state', `bearer ${TOKEN}`)).toBeUndefined();
  });

  test('leaves ready and metrics open, and nothing that only looks like them', () => {
    expect(ask('/colocal/v1/ready')).toBeUndefined();
    expect(ask('/metrics')).toBeUndefined();
    expect(ask('/colocal/v1/ready/')).toBe('TOKEN_MISSING');
    expect(ask('/metrics/../colocal/v1/state')).toBe('TOKEN_MISSING');
  });
});

test('knows loopback addresses in every form', () => {
  expect(['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'].map(isLoopbackAddress)).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(['0.0.0.0', '::', '192.168.0.1', '1270.0.0.1'].map(isLoopbackAddress)).toEqual([false, false, false, false]);
});
