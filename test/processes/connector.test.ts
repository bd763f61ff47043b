import { describe, expect, test } from 'vitest';
import { ask } from './support/client.js';
import { leavesNothingBehind } from './support/left-behind.js';
import { close, freePort, occupy } from './support/ports.js';
import { colocal } from './support/program.js';
import { ANY_PORTS, ConfigFile, dialIn, oneTunnel, startEdge, tokenOf } from './support/setup.js';

leavesNothingBehind();

interface TokenFields {
  readonly a: string;
  readonly t: string;
  readonly s: string;
}

/** The token with some of its fields changed. */
function forge(token: string, change: Partial<TokenFields>): string {
  const fields = JSON.parse(Buffer.from(token, 'base64').toString()) as TokenFields;
  return Buffer.from(JSON.stringify({ ...fields, ...change })).toString('base64');
}

describe('a connector', () => {
  test.each<[string, Partial<TokenFields>, RegExp]>([
    ['with the secret of another', { s: Buffer.alloc(32, 'x').toString('base64') }, /secret|token/],
    ['of a tunnel that is not there', { t: '00000000-0000-4000-8000-000000000000' }, /TUNNEL_UNKNOWN/],
  ])('%s is refused, says why in two lines and exits with 1', async (_what, change, reason) => {
    const file = new ConfigFile(oneTunnel('hello_world'));
    const edge = await startEdge(file);
    const { code, err } = await dialIn(edge.connectors, forge(await tokenOf(file), change), ['--log-level', 'error'])
      .ended;
    expect({ code, lines: err.trimEnd().split('\n') }).toEqual({
      code: 1,
      lines: [
        expect.stringMatching(/^colocal: the edge refused this connector: .* \[REFUSED_BY_EDGE\]$/),
        expect.stringMatching(/^ {2}.*`colocal token TUNNEL` prints/),
      ],
    });
    expect(err).toMatch(reason);
    // The edge tells the same on its own log.
    await edge.err.next(/"event":"connector\.refused"/);
  });

  test.each([
    ['cut short', (token: string) => token.slice(0, 40)],
    ['not a token at all', () => 'secret'],
  ])('whose token is %s says so in two lines and exits with 1', async (_what, spoil) => {
    const token = await tokenOf(new ConfigFile(oneTunnel('hello_world')));
    const { code, err } = await dialIn(`ws://127.0.0.1:${await freePort()}`, spoil(token)).ended;
    expect({ code, lines: err.trimEnd().split('\n') }).toEqual({
      code: 1,
      lines: [
        expect.stringMatching(/^colocal: the tunnel token cannot be read: .* \[INVALID_TUNNEL_TOKEN\]$/),
        '  pass the whole token that `colocal token TUNNEL` prints',
      ],
    });
  });

  test('whose edge is not there keeps trying, and connects once it starts', async () => {
    const connectors = await freePort();
    const file = new ConfigFile(oneTunnel('hello_world', { ...ANY_PORTS, connectors }));
    const connector = dialIn(`ws://127.0.0.1:${connectors}`, await tokenOf(file));
    await connector.err.next(/"retryInMs":\d+.*"msg":"cannot connect to the edge"/);
    const edge = await startEdge(file);
    await connector.err.next(/"msg":"ready"/);
    expect(await ask(edge.http)).toMatchObject({ kind: 'answered', status: 200 });
  });

  test('takes its token from TUNNEL_TOKEN, where `ps` does not show it', async () => {
    const file = new ConfigFile(oneTunnel('hello_world'));
    const edge = await startEdge(file);
    const env = { TUNNEL_TOKEN: await tokenOf(file) };
    const connector = colocal(['agent', 'run', '--edge', edge.connectors], { env });
    await connector.err.next(/"msg":"ready"/);
  });

  test('takes its token from a file, and its service from --url where the edge has no rules', async () => {
    const text = oneTunnel('hello_world');
    const file = new ConfigFile(`${text.slice(0, text.indexOf('    config:'))}`);
    const edge = await startEdge(file);
    file.saveBeside('token', `${await tokenOf(file)}\n`);
    const flags = ['--token-file', `${file.folder}/token`, '--url', 'http_status:207'];
    const connector = colocal(['agent', 'run', '--edge', edge.connectors, ...flags]);
    await connector.err.next(/"msg":"ready"/);
    expect(await ask(edge.http)).toMatchObject({ kind: 'answered', status: 207 });
  });

  test('names its metrics listener when the port is in use', async () => {
    const port = await freePort();
    const server = await occupy(port);
    const token = await tokenOf(new ConfigFile(oneTunnel('hello_world')));
    const metrics = `127.0.0.1:${port}`;
    const { code, err } = await dialIn(`ws://127.0.0.1:${await freePort()}`, token, ['--metrics', metrics]).ended;
    await close(server);
    expect({ code, lines: err.trimEnd().split('\n') }).toEqual({
      code: 1,
      lines: [
        `colocal: the connector's metrics listener cannot open ${metrics}: the port is in use [PORT_IN_USE]`,
        '  stop what listens there, or choose another port with --metrics (0 takes any free one)',
      ],
    });
  });
});
