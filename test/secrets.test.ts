import { timingSafeEqual } from 'node:crypto';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { accessUsers } from '../emulator/access/users.js';
import { refusalOf } from '../emulator/control/gate.js';
import type { AccountSnapshot } from '../emulator/state/state.types.js';
import { authenticate } from '../emulator/tunnel/authenticate.js';
import { encodeToken } from '../protocol/token.js';
import { sameSecret } from '../runtime/secrets.js';

vi.mock('node:crypto', async (load) => {
  const real = await load<typeof import('node:crypto')>();
  return { ...real, timingSafeEqual: vi.fn(real.timingSafeEqual) };
});
const compare = vi.mocked(timingSafeEqual);
beforeEach(() => void compare.mockClear());

const accountId = '0123456789abcdef0123456789abcdef';
const tunnelId = '6ff42ae2-765d-4adf-8112-31c55c1551ef';
const secretOf = (text: string): string => Buffer.from(text).toString('base64');
const account = {
  account: { id: accountId },
  tunnels: new Map([[tunnelId, { id: tunnelId, name: 'app', tunnel_secret: secretOf('right') }]]),
} as unknown as AccountSnapshot;

const opensTunnel = (secret: string): boolean =>
  authenticate(`Bearer ${encodeToken({ accountId, tunnelId, secret: secretOf(secret) })}`, account).ok;
const opensControl = (token: string): boolean =>
  refusalOf('/', { authorization: `Bearer ${token}` }, { loopback: false, token: () => 'right' }) === undefined;

const alice = { email: 'alice@example.com', password: 'right', groups: [] };
const opensOnRamp = (password: string): boolean =>
  accessUsers([alice]).authenticate('alice@example.com', password) !== undefined;

test('secrets are the same or not, whatever their lengths', () => {
  expect(sameSecret('right', 'right')).toBe(true);
  expect(sameSecret(Buffer.from('right'), 'right')).toBe(true);
  for (const wrong of ['', 'r', 'wrong', 'right ', 'right'.repeat(9)]) expect(sameSecret(wrong, 'right')).toBe(false);
  for (const [one, other] of compare.mock.calls) expect(one.byteLength).toBe(other.byteLength);
});

describe.each([
  ['the token of a tunnel', opensTunnel],
  ['the token of the API', opensControl],
  ['the password of a user', opensOnRamp],
])('%s', (_what, opens) => {
  test('opens with the right secret only', () => {
    expect([opens('right'), opens('wrong'), opens('right, and more')]).toEqual([true, false, false]);
  });

  // Any other comparison, such as ===, beside or instead of it would decide differently from what it says.
  test('is compared in constant time, and by nothing else', () => {
    compare.mockReturnValueOnce(true);
    expect(opens('wrong')).toBe(true);
    compare.mockReturnValueOnce(false);
    expect(opens('right')).toBe(false);
    expect(compare).toHaveBeenCalledTimes(2);
  });
});

test('a token of an unknown tunnel costs the same comparison', () => {
  const token = encodeToken({ accountId, tunnelId: 'ffffffff-765d-4adf-8112-31c55c1551ef', secret: secretOf('right') });
  expect(authenticate(`Bearer ${token}`, account)).toMatchObject({ code: 'TUNNEL_UNKNOWN' });
  expect(compare).toHaveBeenCalledTimes(1);
});

test('a user that nobody knows costs the same comparison, and an empty password opens nothing', () => {
  expect(accessUsers([alice]).authenticate('bob@example.com', 'right')).toBeUndefined();
  expect(accessUsers([alice]).authenticate('bob@example.com', '')).toBeUndefined();
  expect(compare).toHaveBeenCalledTimes(2);
});
