import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { encodeToken } from '../../protocol/token.js';
import type { ConnectorOptions } from '../connector.types.js';
import { startConnector, TOKEN } from '../testing/connector.js';
import { TestEdge } from '../testing/edge.js';
import { httpOrigin } from '../testing/origin.js';
import { findToken } from './credentials.js';

const folder = mkdtempSync(join(tmpdir(), 'colocal-credentials-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const tokenFile = write('token', `${TOKEN}\n`);
const credentialsFile = write(
  'c.json',
  JSON.stringify({ AccountTag: 'acc', TunnelSecret: 'c2VjcmV0', TunnelID: 'id' }),
);
const OF_CREDENTIALS = encodeToken({ accountId: 'acc', tunnelId: 'id', secret: 'c2VjcmV0' });

describe('the token of a tunnel', () => {
  test('is the one given, else that of its file, of the credentials, of the configuration file', async () => {
    expect(await findToken({ token: 'given', tokenFile, credentialsFile }, 'file')).toBe('given');
    expect(await findToken({ tokenFile, credentialsFile }, 'file')).toBe(TOKEN);
    expect(await findToken({ credentialsFile }, 'file')).toBe(OF_CREDENTIALS);
    expect(await findToken({}, 'file')).toBe('file');
  });

  test.each([
    [{}, 'MISSING_TUNNEL_TOKEN', 'no tunnel token'],
    [{ tokenFile: join(folder, 'none') }, 'UNREADABLE_FILE', 'the token file'],
    [{ credentialsFile: join(folder, 'none') }, 'UNREADABLE_FILE', 'the credentials file'],
    [{ credentialsFile: tokenFile }, 'BAD_CONNECTOR_CONFIGURATION', 'it is not JSON'],
  ])('%j is refused', async (given, code, message) => {
    await expect(findToken(given, undefined)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });
});

describe('one service for every request', () => {
  async function serve(given: Partial<ConnectorOptions>) {
    const edge = await TestEdge.open({ configSrc: 'local' });
    const connector = startConnector(edge.url, given);
    onTestFinished(async () => {
      await connector.close();
      await edge.close();
    });
    const connection = await edge.connection();
    const { answer, text } = await connection.request();
    return { edge, connector, status: answer?.status, text, reported: await connection.reported };
  }

  test('may be an address without a scheme, and is reported to the edge', async () => {
    const origin = await httpOrigin((_, response) => response.end('mine'));
    onTestFinished(() => origin.close());
    for (const written of ['localhost:PORT', 'http://localhost:PORT/']) {
      const served = await serve({ service: written.replace('PORT', String(origin.port)) });
      expect(served).toMatchObject({
        text: 'mine',
        reported: { ingress: [{ service: `http://localhost:${origin.port}` }] },
      });
    }
  });

  test('may be the page of the connector, with a token from a file', async () => {
    const { status, text, edge } = await serve({ service: 'hello_world', credentialsFile, token: undefined } as object);
    expect([status, edge.tokens]).toEqual([200, [`Bearer ${OF_CREDENTIALS}`]]);
    expect(text).toContain('The tunnel works');
  });

  test('stands in for the rules of a configuration file, if that has none', async () => {
    const without = write('without.yml', 'tunnel: mine\n');
    expect(await serve({ service: 'http_status:207', configFile: without })).toMatchObject({ status: 207 });
    const rules = write('rules.yml', 'ingress: [{service: "http_status:208"}]\n');
    const { status, connector } = await serve({ service: 'http_status:207', configFile: rules });
    expect(status).toBe(208);
    expect(connector.log.lines.join()).toContain('the configuration file has ingress rules');
  });

  test('that is none is refused with its option', async () => {
    const { error } = await startConnector('ws://127.0.0.1:1', { service: 'http://a/b' }).closed;
    expect(error?.message).toMatch(/^--url: http:\/\/a\/b is an invalid address/);
  });
});
