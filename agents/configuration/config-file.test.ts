import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { decodeToken } from '../../protocol/token.js';
import { connected, startConnector } from '../testing/connector.js';
import { TestEdge } from '../testing/edge.js';
import { readConfigFile } from './config-file.js';

const folder = mkdtempSync(join(tmpdir(), 'colocal-connector-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function write(text: string, name = `config-${files++}.yml`): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const credentials = { AccountTag: 'acc', TunnelSecret: 'c2VjcmV0', TunnelID: '6ff42ae2-765d-4adf-8112-31c55c1551ef' };

describe("cloudflared's config.yml", () => {
  test('gives rules, credentials and the document to report', async () => {
    write(JSON.stringify(credentials), 'credentials.json');
    const file = write(`
tunnel: 6ff42ae2-765d-4adf-8112-31c55c1551ef
credentials-file: credentials.json
loglevel: debug
originRequest:
  connectTimeout: 10s
ingress:
  - hostname: app.example.com
    service: http://localhost:3000
  - service: http_status:404
warp-routing:
  connectTimeout: 2
`);
    const config = await readConfigFile(file);
    expect(config.ingress.rules).toHaveLength(2);
    expect(config.ingress.rules[0]?.originRequest.connectTimeout).toBe(10_000);
    expect(config.ingress.warpRouting.connectTimeout).toBe(2000);
    expect(decodeToken(config.token ?? '')).toEqual({
      accountId: 'acc',
      tunnelId: credentials.TunnelID,
      secret: 'c2VjcmV0',
    });
    expect(Object.keys(config.document ?? {})).toEqual(['ingress', 'originRequest', 'warp-routing']);
    expect(config.unused).toEqual(['loglevel']);
  });

  test('may have no ingress, and be empty', async () => {
    expect(await readConfigFile(write('tunnel: mine\n'))).toMatchObject({ document: undefined, token: undefined });
    expect(await readConfigFile(write(''))).toMatchObject({ document: undefined });
  });

  test.each<[string, string, string]>([
    ['YAML that is none', 'ingress: [\n  {', ':2:4: '],
    [
      'a wrong service',
      'ingress:\n  - hostname: a.test\n    service: gopher://x\n  - service: http_status:404\n',
      ':3:14: gopher://x has a scheme',
    ],
    [
      'a missing catch-all',
      'ingress:\n  - hostname: a.test\n    service: http://x\n',
      ':2:5: The last ingress rule must match all URLs',
    ],
    [
      'a missing service',
      'ingress:\n  - hostname: a.test\n  - service: http_status:404\n',
      ':2:5: an ingress rule needs a service',
    ],
    ['a wrong time', 'originRequest:\n  connectTimeout: soon\n', ':2:19: connectTimeout is a whole number'],
    ['a list', '- a\n', ':1:1: the configuration is a mapping'],
  ])('%s is refused with its place', async (_, text, problem) => {
    const file = write(text);
    await expect(readConfigFile(file)).rejects.toMatchObject({
      code: 'BAD_CONNECTOR_CONFIGURATION',
      message: expect.stringContaining(`${file}${problem}`),
    });
  });

  test.each<[string, string, string]>([
    ['not JSON', 'x', 'it is not JSON'],
    ['without a secret', '{"AccountTag":"a"}', 'it lacks AccountTag, TunnelSecret or TunnelID'],
  ])('a credentials file %s is refused', async (_, text, problem) => {
    const name = `credentials-${files++}.json`;
    write(text, name);
    await expect(readConfigFile(write(`credentials-file: ${name}\n`))).rejects.toThrow(problem);
  });

  test('credentials of another tunnel are refused', async () => {
    write(JSON.stringify(credentials), 'other.json');
    const file = write('tunnel: 00000000-0000-4000-8000-000000000000\ncredentials-file: other.json\n');
    await expect(readConfigFile(file)).rejects.toThrow(`${file}:1:9: the credentials file is for another tunnel`);
  });

  test('a credentials file that is not there is named', async () => {
    await expect(readConfigFile(write('credentials-file: nowhere.json\n'))).rejects.toThrow(
      join(folder, 'nowhere.json'),
    );
  });

  test('its rules serve, its credentials register, and what has no effect is said', async () => {
    write(JSON.stringify(credentials), 'mine.json');
    const configFile = write('credentials-file: mine.json\nprotocol: quic\ningress:\n  - service: http_status:207\n');
    const { connector, connection, edge, close } = await connected({ configSrc: 'local' }, { configFile });
    expect((await connection.request()).answer?.status).toBe(207);
    expect(await connection.reported).toEqual({ ingress: [{ service: 'http_status:207' }] });
    expect(connector.log.lines.join()).toContain('keys of the configuration file that have no effect here');
    expect(edge.tokens).toHaveLength(1);
    await close();
  });

  test('a token given to the connector wins over its credentials', async () => {
    write(JSON.stringify(credentials), 'beaten.json');
    const configFile = write('credentials-file: beaten.json\n');
    const edge = await TestEdge.open();
    const token = Buffer.from(JSON.stringify({ a: 'other', t: 'x', s: 'y' })).toString('base64');
    const connector = startConnector(edge.url, { configFile, token });
    await connector.ready;
    expect(edge.tokens).toEqual([`Bearer ${token}`]);
    await connector.close();
    await edge.close();
  });
});
