import { describe, expect, test } from 'vitest';
import { decodeToken } from '../../protocol/token.js';
import { configFromObject } from '../config/load.js';
import { tunnelToken } from './token.js';

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
