import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { useServer } from '../../test/support/servers.js';
import { run } from '../cli.js';
import { ACCOUNT_ID, RESULTS } from '../pull/v4-account.fixture.js';
import { TOKEN, v4Service } from '../pull/v4-service.fixture.js';
import { useOutput } from './output.fixture.js';

const output = useOutput();

async function pull(service = v4Service(), ...args: string[]): Promise<number> {
  const { port } = await useServer(service);
  return run(['pull', '--account', ACCOUNT_ID, '--api-url', `http://127.0.0.1:${port}/client/v4`, ...args]);
}

describe('colocal pull', () => {
  test('prints the file, and what it is to standard error, with the token of the environment', async () => {
    vi.stubEnv('CLOUDFLARE_API_TOKEN', TOKEN);
    expect(await pull()).toBe(0);
    expect(output.out).toContain('      - name: app.example.com\n');
    expect(output.err).toBe(
      'pulled: 2 zones, 2 load balancers, 1 DNS records, 2 pools, 2 monitors, 2 tunnels, 2 routes\n' +
        'left out: 10, each in a comment (# left out: ...)\n',
    );
  });

  test('writes a new file, and never over one that is there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'colocal-pull-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'colocal.yaml');
    expect(await pull(v4Service(), '--token', TOKEN, '--output', file)).toBe(0);
    expect(output.out).toBe('');
    expect(await run(['up', '--check', '--config', file])).toBe(0);
    const before = readFileSync(file, 'utf8');
    expect(await pull(v4Service({}), '--token', TOKEN, '--output', join(folder, 'other.yaml'))).toBe(1);
    expect(existsSync(join(folder, 'other.yaml'))).toBe(false);
    expect(await pull(v4Service(), '--token', TOKEN, '--output', file)).toBe(1);
    expect(output.err).toContain('[PULL_FILE_EXISTS]');
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  test('ends with 1 when an edge would refuse the file, and says why', async () => {
    const monitors = [{ id: '1'.repeat(32), type: 'http', description: 'web' }];
    const service = v4Service({ ...RESULTS, [`/accounts/${ACCOUNT_ID}/load_balancers/monitors`]: monitors });
    expect(await pull(service, '--token', TOKEN)).toBe(1);
    expect(output.out).toContain('monitors:\n  - name: web\n');
    expect(output.err).toMatch(
      /would refuse it.*\n {2}colocal\.yaml:\d+:\d+: monitors\[0\].* is required for http monitors/,
    );
  });

  test('needs a token, and an account', async () => {
    vi.stubEnv('CLOUDFLARE_API_TOKEN', '');
    expect(await pull()).toBe(1);
    expect(output.err).toContain('[PULL_TOKEN_MISSING]');
    expect(await run(['pull'])).toBe(2);
    expect(await run(['pull', '--account', 'me'])).toBe(2);
    expect(output.err).toContain('must be 32 lower-case hexadecimal digits');
  });
});
