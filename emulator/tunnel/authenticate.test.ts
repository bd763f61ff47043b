import { describe, expect, test } from 'vitest';
import { encodeToken } from '../../protocol/token.js';
import type { AccountSnapshot } from '../state/state.types.js';
import { authenticate } from './authenticate.js';

const secret = Buffer.from('a secret of thirty-two bytes....').toString('base64');
const account = {
  account: { id: 'acc' },
  tunnels: new Map([['t1', { id: 't1', name: 'tokyo', tunnel_secret: secret }]]),
} as unknown as AccountSnapshot;
const bearer = (parts: Partial<{ accountId: string; tunnelId: string; secret: string }>): string =>
  `Bearer ${encodeToken({ accountId: 'acc', tunnelId: 't1', secret, ...parts })}`;

describe('who may open a tunnel', () => {
  test('whoever holds its secret', () => {
    expect(authenticate(bearer({}), account)).toMatchObject({ ok: true, tunnel: { name: 'tokyo' } });
  });

  test.each([
    ['nothing', undefined, 401, 'TOKEN_MISSING'],
    ['another scheme', 'Basic abc', 401, 'TOKEN_MISSING'],
    ['rubbish', 'Bearer rubbish', 400, 'TOKEN_INVALID'],
    ['another secret', bearer({ secret: Buffer.from('another').toString('base64') }), 403, 'TOKEN_WRONG'],
    ['an empty secret', bearer({ secret: '' }), 403, 'TOKEN_WRONG'],
    ['an unknown tunnel', bearer({ tunnelId: 't2', secret: '' }), 404, 'TUNNEL_UNKNOWN'],
    ['another account', bearer({ accountId: 'other' }), 404, 'TUNNEL_UNKNOWN'],
  ])('not %s', (_what, header, status, code) => {
    expect(authenticate(header, account)).toMatchObject({ ok: false, status, code });
  });
});
