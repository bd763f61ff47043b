import { describe, expect, test } from 'vitest';
import { accessUsers, namedUser } from './users.js';

describe('a user name at the on-ramp', () => {
  test.each([
    ['alice@example.com', 'alice@example.com', undefined],
    ['alice@example.com+staging', 'alice@example.com', 'staging'],
    ['alice+dev@example.com', 'alice+dev@example.com', undefined],
    ['alice+dev@example.com+staging', 'alice+dev@example.com', 'staging'],
    ['alice@example.com+a+b', 'alice@example.com', 'a+b'],
    ['+staging', '', 'staging'],
    ['anybody+staging', 'anybody', 'staging'],
    ['alice@example.com+', 'alice@example.com', ''],
    ['', '', undefined],
  ])('%j is %j in %j', (text, email, network) => {
    expect(namedUser(text)).toEqual(network === undefined ? { email } : { email, network });
  });
});

describe('users', () => {
  const alice = { email: 'Alice@example.com', password: 'wonderland', groups: [] };
  const users = accessUsers([alice, { email: 'bob@example.com', password: 'builder', groups: [] }]);

  test('are known by their own password, in any case of their name', () => {
    expect(users.authenticate('alice@EXAMPLE.com', 'wonderland')).toBe(alice);
    for (const [email, password] of [
      ['alice@example.com', 'builder'],
      ['alice@example.com', ''],
      ['alice@example.com', 'Wonderland'],
      ['carol@example.com', 'wonderland'],
      ['', ''],
      ['__proto__', ''],
    ] as const) {
      expect(users.authenticate(email, password), email).toBeUndefined();
    }
  });

  test('without any, nobody is asked', () => {
    expect([users.required, accessUsers([]).required]).toEqual([true, false]);
  });
});
