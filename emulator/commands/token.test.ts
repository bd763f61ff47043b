import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { decodeToken } from '../../protocol/token.js';
import { configFromObject } from '../config/load.js';
import { tunnelToken } from './token.js';
import { connectorEnvironment } from './token-env.js';

const SECRET = 'ZGVtb25zdHJhdGlvbiBvbmx5OiB0dW5uZWwgdG9reW8=';
const config = configFromObject({
  account: { id: 'a'.repeat(32) },
  tunnels: [{ name: 'tokyo', id: '11111111-1111-4111-8111-111111111111', tunnel_secret: SECRET }, { name: 'osaka' }],
});

describe('token', () => {
  test('holds the account, the tunnel and its secret, by name or id', () => {
    const expected = { accountId: 'a'.repeat(32), tunnelId: '11111111-1111-4111-8111-111111111111', secret: SECRET };
    expect(decodeToken(tunnelToken(config, 'tokyo'))).toEqual(expected);
    expect(decodeToken(tunnelToken(config, expected.tunnelId))).toEqual(expected);
  });

  test('is not known when the file has no secret', () => {
    expect(() => tunnelToken(config, 'osaka')).toThrow(
      expect.objectContaining({
        code: 'TUNNEL_SECRET_UNKNOWN',
        fix: expect.stringContaining('put a tunnel_secret in the file'),
      }),
    );
  });

  test('of an unknown tunnel names the known ones', () => {
    expect(() => tunnelToken(config, 'tokio')).toThrow(
      expect.objectContaining({ code: 'TUNNEL_UNKNOWN', fix: 'name one of: tokyo, osaka' }),
    );
  });
});

describe('the environment of cloudflared', () => {
  const listening = (...cloudflared: string[]) => configFromObject({ listen: { cloudflared } });

  test('is where it dials in, with what, and whom it trusts', () => {
    expect(connectorEnvironment(config, 'TOKEN', '/home/me/ca.pem').split('\n')).toEqual([
      'export TUNNEL_TOKEN=TOKEN',
      'export TUNNEL_EDGE=127.0.0.1:7844,127.0.0.1:7845,127.0.0.1:7846,127.0.0.1:7847',
      'export TUNNEL_TRANSPORT_PROTOCOL=http2',
      'export TUNNEL_CACERT=/home/me/ca.pem',
    ]);
  });

  test('says how the file of the authority is made when there is none', () => {
    expect(connectorEnvironment(config, 'TOKEN').split('\n').at(-1)).toMatch(/^# .*colocal ca > FILE/);
  });

  test('leads to loopback where the edge listens on every address', () => {
    const text = connectorEnvironment(listening('0.0.0.0:7844', '[::]:7845', '[::1]:7846'), 'TOKEN');
    expect(text).toContain("export TUNNEL_EDGE='127.0.0.1:7844,[::1]:7845,[::1]:7846'");
  });

  test.each(["/it's here/ca.pem", '/a b/$HOME`x`/"ca".pem', '/plain/ca.pem'])('quotes %s for the shell', (path) => {
    const text = connectorEnvironment(config, 'TOKEN', path);
    const { stdout } = spawnSync('sh', ['-c', `${text}\nprintf %s "$TUNNEL_CACERT"`], { encoding: 'utf8' });
    expect(stdout).toBe(path);
  });

  test('is not known when the edge does not listen for it, or on any free port', () => {
    const off = configFromObject({ listen: { cloudflared: 'off' } });
    expect(() => connectorEnvironment(off, 'TOKEN')).toThrow(expect.objectContaining({ code: 'CLOUDFLARED_OFF' }));
    expect(() => connectorEnvironment(listening('127.0.0.1:0'), 'TOKEN')).toThrow(
      expect.objectContaining({ code: 'CLOUDFLARED_PORT_UNKNOWN', fix: expect.stringContaining('7844') }),
    );
  });
});
