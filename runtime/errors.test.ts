import { describe, expect, test } from 'vitest';
import { ColocalError, defineError, describeError, messageOf } from './errors.js';

const portInUse = defineError<{ name: string; flag: string }>('PORT_IN_USE', {
  status: 409,
  message: (d) => `the ${d.name} listener cannot open its port: it is in use`,
  fix: (d) => `choose another with ${d.flag}`,
});

const broken = defineError('BROKEN', { kind: 'system', message: () => 'something broke', fix: () => 'report it' });

describe('a defined error', () => {
  test('carries its code, status, what happened and what to do', () => {
    const error = portInUse({ name: 'API', flag: '--api' });
    expect(error).toBeInstanceOf(ColocalError);
    expect(error).toMatchObject({
      name: 'ColocalError',
      code: 'PORT_IN_USE',
      kind: 'user',
      status: 409,
      message: 'the API listener cannot open its port: it is in use',
      fix: 'choose another with --api',
    });
  });

  test('keeps what caused it', () => {
    const cause = new Error('EADDRINUSE');
    expect(portInUse({ name: 'API', flag: '--api' }, { cause }).cause).toBe(cause);
  });

  test('is known by the factory that made it', () => {
    const error = portInUse({ name: 'API', flag: '--api' });
    expect(portInUse.is(error)).toBe(true);
    expect(broken.is(error)).toBe(false);
    expect(portInUse.is(new Error('PORT_IN_USE'))).toBe(false);
    expect(portInUse.is(undefined)).toBe(false);
  });

  test('has no status where none was defined', () => {
    expect(broken({}).status).toBeUndefined();
  });
});

describe('what a command prints', () => {
  test('is two lines for a user’s error: what happened, what to do', () => {
    const lines = describeError(portInUse({ name: 'API', flag: '--api' })).split('\n');
    expect(lines).toEqual([
      'colocal: the API listener cannot open its port: it is in use [PORT_IN_USE]',
      '  choose another with --api',
    ]);
  });

  test('has the code behind the first line of several', () => {
    const several = defineError('SEVERAL', { message: () => 'two problems:\n  a\n  b', fix: () => 'correct them' });
    expect(describeError(several({}))).toBe('colocal: two problems: [SEVERAL]\n  a\n  b\n  correct them');
  });

  test('has the stack for a system error and for anything unforeseen', () => {
    expect(describeError(broken({}))).toMatch(/something broke \[BROKEN\]\n {2}report it\n[\s\S]*errors\.test/);
    expect(describeError(new TypeError('oops'))).toMatch(/TypeError: oops[\s\S]*errors\.test/);
    expect(describeError('just text')).toBe('just text');
  });
});

test('messageOf reads whatever was thrown', () => {
  expect(messageOf(new Error('a'))).toBe('a');
  expect(messageOf('b')).toBe('b');
  expect(messageOf(undefined)).toBe('undefined');
});
