import { expect, test } from 'vitest';
import { parseIp } from '../network/ip-address.js';
import { mayAsk } from './askers.js';

test.each([
  ['127.0.0.1', true],
  ['::1', true],
  ['10.1.2.3', true],
  ['172.30.0.5', true],
  ['192.168.1.1', true],
  ['::ffff:172.30.0.5', true],
  ['fd00::5', true],
  ['fe80::1%eth0', true],
  ['172.32.0.1', false],
  ['203.0.113.7', false],
  ['::ffff:203.0.113.7', false],
  ['2001:db8::1', false],
])('%s may ask: %s', (text, expected) => {
  const address = parseIp(text);
  expect(address && mayAsk(address)).toBe(expected);
});
