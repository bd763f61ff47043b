import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { run } from '../../emulator/cli.js';
import { useOutput } from '../../emulator/commands/output.fixture.js';
import { ACCOUNT_ID, API_TOKEN, useApi, ZONE_ID } from '../support/api.js';
import { address } from '../support/emulator.js';

const output = useOutput();

/** A path in a new folder that has not got a folder for it yet, and a running edge that the commands ask. */
async function useLogin(zones: readonly { id: string; name: string }[] = [{ id: ZONE_ID, name: 'example.com' }]) {
  const { emu } = await useApi({ zones: [...zones] });
  const folder = await mkdtemp(join(tmpdir(), 'colocal-login-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const url = address(emu, 'apiUrl');
  vi.stubEnv('COLOCAL_URL', url);
  vi.stubEnv('COLOCAL_API_TOKEN', API_TOKEN);
  return { path: join(folder, 'cloudflared', 'cert.pem'), url };
}

const read = async (path: string): Promise<unknown> => {
  const pem = await readFile(path, 'utf8');
  const base64 = /^-----BEGIN ARGO TUNNEL TOKEN-----\n([\w+/=\n]+)\n-----END ARGO TUNNEL TOKEN-----\n$/.exec(pem)?.[1];
  return JSON.parse(Buffer.from(base64 ?? '', 'base64').toString());
};

describe('colocal login', () => {
  test('writes what cloudflared reads, for its owner alone, and says what to set', async () => {
    const { path, url } = await useLogin();
    expect(await run(['login', '--output', path])).toBe(0);
    expect(await read(path)).toEqual({ zoneID: ZONE_ID, accountID: ACCOUNT_ID, apiToken: API_TOKEN });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(output.out).toBe(`export TUNNEL_ORIGIN_CERT=${path}\nexport TUNNEL_API_URL=${url}/client/v4\n`);
    // The token is in the file and nowhere else.
    expect(output.out + output.err).not.toContain(API_TOKEN);
  });

  test('never writes over a certificate unless it is told to', async () => {
    const { path } = await useLogin();
    expect(await run(['login', '--output', path])).toBe(0);
    await writeFile(path, 'of a real account', { mode: 0o644 });
    expect(await run(['login', '--output', path])).toBe(1);
    expect(output.err).toContain('[CERTIFICATE_EXISTS]');
    expect(await readFile(path, 'utf8')).toBe('of a real account');
    expect(await run(['login', '--output', path, '--force'])).toBe(0);
    expect(await read(path)).toMatchObject({ accountID: ACCOUNT_ID });
  });

  test('takes the zone that is named', async () => {
    const other = { id: 'b'.repeat(32), name: 'example.org' };
    const { path } = await useLogin([{ id: ZONE_ID, name: 'example.com' }, other]);
    expect(await run(['login', '--output', path, '--zone', 'example.org'])).toBe(0);
    expect(await read(path)).toMatchObject({ zoneID: other.id });
    expect(await run(['login', '--output', path, '--zone', 'example.net', '--force'])).toBe(1);
    expect(output.err).toContain('zones are: example.com, example.org');
  });

  test('needs the token, and says when it is wrong', async () => {
    const { path } = await useLogin();
    vi.stubEnv('COLOCAL_API_TOKEN', '');
    expect(await run(['login', '--output', path])).toBe(1);
    expect(output.err).toContain('[LOGIN_NEEDS_TOKEN]');
    vi.stubEnv('COLOCAL_API_TOKEN', 'x'.repeat(40));
    expect(await run(['login', '--output', path])).toBe(1);
    expect(output.err).toContain('[LOGIN_TOKEN_REFUSED]');
    await expect(stat(path)).rejects.toThrow();
  });
});
