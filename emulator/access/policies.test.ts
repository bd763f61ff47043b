import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseIp } from '../network/ip-address.js';
import type { AccessPolicy, AccessUser } from '../state/objects.js';
import { type AccessQuestion, compilePolicies } from './policies.js';

const ALICE: AccessUser = { email: 'alice@example.com', password: 'x', groups: ['engineering', 'oncall'] };
const BOB: AccessUser = { email: 'bob@example.com', password: 'x', groups: [] };

interface Asked {
  readonly user?: AccessUser;
  readonly ip?: string;
  readonly port?: number;
  readonly network?: string;
}

function question({ user, ip = '10.0.0.1', port = 5432, network = 'staging' }: Asked): AccessQuestion {
  const address = parseIp(ip);
  if (!address) throw new Error(`${ip} is no address`);
  return { ...(user ? { user } : {}), ip: address, port, virtualNetworkId: network };
}

const decide = (policies: readonly AccessPolicy[], asked: Asked) => compilePolicies(policies).decide(question(asked));
const policy = (part: Partial<AccessPolicy>): AccessPolicy => ({ name: 'p', action: 'allow', ...part });

describe('a policy matches when all its criteria fit', () => {
  test.each<[string, Partial<AccessPolicy>, Asked, boolean]>([
    ['no criteria: everybody', {}, {}, true],
    ['the user', { users: ['Alice@Example.com'] }, { user: ALICE }, true],
    ['another user', { users: ['alice@example.com'] }, { user: BOB }, false],
    ['nobody who had to say who they are', { users: ['alice@example.com'] }, {}, false],
    ['one of the groups', { groups: ['sales', 'oncall'] }, { user: ALICE }, true],
    ['no group', { groups: ['engineering'] }, { user: BOB }, false],
    ['named, or in the group', { users: ['bob@example.com'], groups: ['engineering'] }, { user: ALICE }, true],
    ['a network that holds the address', { destinations: ['192.0.2.0/24', '10.0.0.0/8'] }, {}, true],
    ['a network that does not', { destinations: ['10.1.0.0/16'] }, {}, false],
    ['every address of the family', { destinations: ['0.0.0.0/0'] }, {}, true],
    ['none of the other family', { destinations: ['0.0.0.0/0'] }, { ip: 'fd00::1' }, false],
    ['IPv4 inside IPv6', { destinations: ['10.0.0.0/8'] }, { ip: '::ffff:10.0.0.1' }, true],
    ['the port', { ports: [80, 5432] }, {}, true],
    ['the first port of a range', { ports: ['5432-5440'] }, {}, true],
    ['the last port of a range', { ports: ['5430-5432'] }, {}, true],
    ['a port beside the range', { ports: ['5433-5440', '1-5431'] }, {}, false],
    [
      'two of three criteria',
      { groups: ['engineering'], ports: [5432], destinations: ['10.9.0.0/16'] },
      { user: ALICE },
      false,
    ],
  ])('%s', (_what, part, asked, allowed) => {
    expect(decide([policy(part)], asked).allowed).toBe(allowed);
  });
});

describe('the first that matches decides', () => {
  const block = policy({ name: 'block', action: 'block', ports: [5432] });
  const allow = policy({ name: 'allow' });

  test('in their order', () => {
    expect(decide([block, allow], {})).toMatchObject({ allowed: false, policy: 'block' });
    expect(decide([allow, block], {})).toMatchObject({ allowed: true, policy: 'allow' });
    expect(decide([block, allow], { port: 80 })).toMatchObject({ allowed: true, policy: 'allow' });
  });

  test('and the reason names it', () => {
    expect(decide([block, allow], {}).reason).toEqual({
      step: 'policy',
      subject: 'block',
      outcome: 'blocked',
      detail: 'the first that matches: port 5432',
    });
  });
});

describe('where a policy applies', () => {
  const staging = policy({ virtual_networks: ['staging'], ports: [5432] });

  test('what none matches is blocked', () => {
    const decision = decide([staging], { port: 80 });
    expect(decision).toMatchObject({ allowed: false, reason: { outcome: 'blocked' } });
    expect(decision.policy).toBeUndefined();
  });

  test('another network is as if there were none', () => {
    expect(decide([staging], { network: 'production', port: 80 })).toMatchObject({
      allowed: true,
      reason: { outcome: 'off' },
    });
    expect(decide([], {})).toMatchObject({ allowed: true, reason: { outcome: 'off' } });
  });

  test('one without networks applies to all', () => {
    expect(decide([policy({ ports: [22] })], { network: 'production' }).allowed).toBe(false);
  });
});

test('policies behind the one that decides change nothing', () => {
  const any = fc.record(
    {
      name: fc.string({ minLength: 1 }),
      action: fc.constantFrom('allow' as const, 'block' as const),
      ports: fc.array(fc.constantFrom(22, 80, 5432, '1-100'), { minLength: 1 }),
      groups: fc.array(fc.constantFrom('engineering', 'sales'), { minLength: 1 }),
      destinations: fc.array(fc.constantFrom('10.0.0.0/8', '192.0.2.0/24'), { minLength: 1 }),
    },
    { requiredKeys: ['name', 'action'] },
  );
  fc.assert(
    fc.property(fc.array(any), fc.array(any), fc.constantFrom(22, 80, 5432), (before, after, port) => {
      const asked = { user: ALICE, port };
      const decision = decide(before, asked);
      if (decision.policy !== undefined) expect(decide([...before, ...after], asked)).toEqual(decision);
      else if (before.length > 0) expect(decision.allowed).toBe(false);
    }),
  );
});
