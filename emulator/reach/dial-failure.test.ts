import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { FailureError } from '../tunnel/connection.js';
import { failureOfError } from './dial-failure.js';

const withCode = (code: string, more: object = {}): Error =>
  Object.assign(new Error(`because of ${code}`), { code }, more);

describe('what an error of a dial or an exchange means', () => {
  test.each([
    // Nothing of the request has been sent.
    ['ECONNREFUSED', 'refused', true],
    ['ETIMEDOUT', 'timeout', true],
    ['EHOSTUNREACH', 'unreachable', true],
    ['ENETUNREACH', 'unreachable', true],
    ['ENOTFOUND', 'dns', true],
    ['EAI_AGAIN', 'dns', true],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls', true],
    ['EPROTO', 'tls', true],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate', true],
    ['CERT_HAS_EXPIRED', 'certificate', true],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificate', true],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate', true],
    // It may have been.
    ['ECONNRESET', 'reset', false],
    ['EPIPE', 'reset', false],
    ['UND_ERR_SOCKET', 'reset', false],
    ['HPE_INVALID_CONSTANT', 'invalid_response', false],
    ['UND_ERR_HEADERS_OVERFLOW', 'invalid_response', false],
    ['UND_ERR_ABORTED', 'aborted', false],
    ['SOMETHING_NEW', 'unspecified', false],
  ])('%s: %s', (code, kind, unsent) => {
    expect(failureOfError(withCode(code))).toEqual({ kind, unsent, code, detail: `because of ${code}` });
  });

  test('a failure that is known already stays as it is', () => {
    const failure = { kind: 'lost', unsent: false, detail: 'the connector is gone' } as const;
    expect(failureOfError(new FailureError(failure))).toBe(failure);
  });

  test('the reason may be behind another error, or among several', () => {
    expect(failureOfError(new Error('outer', { cause: withCode('ECONNREFUSED') }))).toMatchObject({ kind: 'refused' });
    const both = new AggregateError([withCode('ECONNREFUSED'), withCode('EHOSTUNREACH')], 'none of the addresses');
    expect(failureOfError(both)).toEqual({
      kind: 'refused',
      unsent: true,
      code: 'ECONNREFUSED',
      detail: 'none of the addresses',
    });
  });

  test('what was thrown need not be an error', () => {
    expect(failureOfError('a word')).toEqual({ kind: 'unspecified', unsent: false, detail: 'a word' });
    expect(failureOfError(undefined).kind).toBe('unspecified');
  });
});

describe('what Node itself says', () => {
  const errorOf = async (socket: Socket): Promise<unknown> => (await once(socket, 'error'))[0];

  test('where nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    expect(failureOfError(await errorOf(connect(port, '127.0.0.1')))).toMatchObject({ kind: 'refused', unsent: true });
  });

  test('where a TLS client meets plain text', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(failureOfError(await errorOf(connectTls(port, '127.0.0.1')))).toMatchObject({ kind: 'tls', unsent: true });
    server.close();
  });
});
