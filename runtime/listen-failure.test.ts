import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { listenFailure } from './listen-failure.js';

const details = { name: 'metrics', address: '192.0.2.1:80', flag: '--metrics' };

test.each([
  ['EADDRINUSE', 'PORT_IN_USE', 'the port is in use', 'stop what listens there, or choose another port with --metrics'],
  ['EADDRNOTAVAIL', 'CANNOT_LISTEN', 'this machine does not have that address', 'an address of this machine'],
  ['ENOTFOUND', 'CANNOT_LISTEN', 'its host name leads to no address', 'an address of this machine'],
  ['EACCES', 'CANNOT_LISTEN', 'permission denied', 'choose a port above 1023 with --metrics'],
  ['ELSE', 'CANNOT_LISTEN', 'because of ELSE', 'an address of this machine and a port above 1023 with --metrics'],
])('%s', (cause, code, why, fix) => {
  const error = listenFailure(Object.assign(new Error(`because of ${cause}`), { code: cause }), details);
  expect(error).toMatchObject({
    code,
    kind: 'user',
    message: `the metrics listener cannot open 192.0.2.1:80: ${why}`,
    fix: expect.stringContaining(fix),
  });
});

test('a key of the configuration is told with its file', () => {
  const { fix } = listenFailure(Object.assign(new Error(), { code: 'EADDRINUSE' }), { ...details, flag: 'listen.api' });
  expect(fix).toContain('another port with listen.api in colocal.yaml');
});

test('an address that this machine does not have is told by that code', async () => {
  const server = createServer();
  const error = await new Promise((resolve) => server.once('error', resolve).listen(0, '203.0.113.1'));
  expect(listenFailure(error, details).message).toContain('this machine does not have that address');
});
