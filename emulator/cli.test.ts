import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { run } from './cli.js';
import { useOutput } from './commands/output.fixture.js';
import { type Fixture, startControl } from './control/control.fixture.js';

const output = useOutput();

describe('command line', () => {
  test('lists its commands', async () => {
    expect(await run(['--help'])).toBe(0);
    for (const command of ['demo', 'up', 'agent', 'origin', 'status', 'export', 'pull', 'token', 'ca', 'login', 'expr'])
      expect(output.out).toContain(`  ${command}`);
    expect(await run(['--version'])).toBe(0);
    expect(output.out).toMatch(/^\d+\.\d+\.\d+$/m);
  });

  test.each([
    [['bogus'], "unknown command 'bogus'"],
    [['up', '--sead', '7'], '--seed'],
    [['up', '--log-level', 'loud'], 'Allowed choices are trace, debug, info'],
    [['agent', 'run'], "required option '--edge <url>'"],
    [['agent', 'run', '--edge', 'ws://127.0.0.1:1', '--metrics', '80'], 'must be HOST:PORT'],
    [['agent', 'run', '--edge', 'ws://127.0.0.1:1', '--grace-period', '30'], 'e.g. 30s'],
    [['origin', '--name', 'x', '--listen', '80'], 'must be HOST:PORT'],
    [['token'], "missing required argument 'tunnel'"],
    [[], 'Usage: colocal'],
  ])('%j is wrong usage: exit code 2', async (args, message) => {
    expect(await run(args)).toBe(2);
    expect(output.err).toContain(message);
  });

  test('prints a failure in two lines, without a stack: exit code 1', async () => {
    expect(await run(['up', '--check', '--config', 'no/such/file.yaml'])).toBe(1);
    expect(output.err.trimEnd().split('\n')).toEqual([
      'colocal: there is no configuration file no/such/file.yaml [CONFIG_NOT_FOUND]',
      expect.stringContaining('--config PATH'),
    ]);
  });

  test('checks a file', async () => {
    expect(await run(['up', '--check', '--config', 'examples/demo/colocal.yaml'])).toBe(0);
    expect(output.out).toBe('examples/demo/colocal.yaml: ok\n');
  });

  test("prints a tunnel's token", async () => {
    expect(await run(['token', 'tokyo', '--config', 'examples/demo/colocal.yaml'])).toBe(0);
    expect(JSON.parse(Buffer.from(output.out, 'base64').toString())).toMatchObject({
      t: 'de300000-0000-4000-8000-000000000001',
    });
  });

  test("prints cloudflared's environment, also when only the file of the authority is named", async () => {
    const args = ['token', 'tokyo', '--config', 'examples/cloudflared/colocal.yaml'];
    expect(await run([...args, '--env'])).toBe(0);
    expect(output.out).toMatch(/^export TUNNEL_TOKEN=\S+\nexport TUNNEL_EDGE=127\.0\.0\.1:7844,/);
    output.out = '';
    expect(await run([...args, '--ca-file', 'ca.pem'])).toBe(0);
    expect(output.out).toMatch(/\nexport TUNNEL_CACERT='?\/.*ca\.pem'?\n$/);
  });
});

describe('of a running edge', () => {
  let edge: Fixture;
  beforeEach(async () => {
    edge = await startControl();
    vi.stubEnv('COLOCAL_URL', `http://127.0.0.1:${edge.address.port}`);
  });
  afterEach(() => edge.control.close());

  test('prints the status', async () => {
    expect(await run(['status'])).toBe(0);
    expect(output.out).toContain('app.example.com  off  japan, fallback japan');
    expect(output.err).toBe('');
  });

  test('prints the authority', async () => {
    expect(await run(['ca'])).toBe(0);
    expect(output.out).toBe('-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n');
  });
});
