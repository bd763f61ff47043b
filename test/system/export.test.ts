import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { run } from '../../emulator/cli.js';
import { parseConfig } from '../../emulator/config/index.js';
import { bare } from '../../emulator/config/write/write.fixture.js';
import type { Emulator } from '../../emulator/index.js';
import { address, useEmulator, usePeer } from '../support/emulator.js';

afterEach(() => vi.restoreAllMocks());

/** What a command prints. */
async function printed(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text);
    return true;
  });
  const code = await run(args);
  vi.restoreAllMocks();
  return { code, out, err };
}

const exported = (emu: Emulator, ...more: string[]) => printed('export', '--url', address(emu, 'apiUrl'), ...more);

/** What only clients can do: one object of each kind is made, changed or deleted. */
function change(emu: Emulator): void {
  emu.state.transact('api', (draft) => {
    const { pools, tunnels, load_balancers } = draft.read();
    const [tunnel] = tunnels.values();
    const [pool] = pools.values();
    const [loadBalancer] = load_balancers.values();
    if (!tunnel || !pool || !loadBalancer) throw new Error('the example has changed');
    const lab = draft.put('virtual_networks', { name: 'made later', is_default_network: true });
    draft.put('routes', { network: '172.16.0.0/12', tunnel_id: tunnel.id, virtual_network_id: lab.id });
    draft.put('configurations', { id: tunnel.id, config: { ingress: [{ service: 'http_status:418' }] } });
    const monitor = draft.put('monitors', { expected_codes: '2xx', interval: 30 });
    draft.put('pools', {
      ...pool,
      check_regions: null,
      monitor: monitor.id,
      minimum_origins: 0,
      latitude: 35.5,
      longitude: 139.25,
    });
    const other = draft.put('pools', { name: 'other', origins: [{ name: 'a', address: '192.0.2.1', enabled: false }] });
    draft.put('load_balancers', {
      ...loadBalancer,
      country_pools: { JP: [other.id, pool.id] },
      session_affinity: 'header',
      session_affinity_attributes: { headers: ['x-user'] },
      rules: [{ condition: 'http.request.uri.path contains "/a"', overrides: { pools: [other.id], ttl: 60 } }],
    });
    draft.put('dns_records', {
      zone_id: loadBalancer.zone_id,
      name: 'www',
      type: 'A',
      content: '192.0.2.1',
      proxied: true,
    });
    draft.put('tunnels', { name: 'new' });
  });
}

function fileWith(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'colocal-export-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'colocal.yaml');
  writeFileSync(file, text);
  return file;
}

test('an edge that starts from what another one exports has the same state', async () => {
  const first = await useEmulator({ config: 'examples/demo/colocal.yaml' });
  change(first);
  const { api_token } = first.state.read().account;

  const { code, out } = await exported(first, '--secrets', '--token', api_token);
  expect(code).toBe(0);
  // The file says what it is, and loads without a word.
  expect(out).toMatch(/^# The state of a running edge/);
  expect(parseConfig(out, 'exported.yaml').warnings).toEqual([]);

  const second = await useEmulator({ config: fileWith(out) });
  expect(bare(second.state.read())).toEqual(bare(first.state.read()));
  expect((await exported(second, '--secrets', '--token', api_token)).out).toBe(out);
  // A connector's token is good at both.
  await usePeer(second, 'tokyo');
});

test('secrets stay where they are unless the token asks for them', async () => {
  const emu = await useEmulator({ config: 'examples/demo/colocal.yaml' });
  const { account, tunnels } = emu.state.read();
  const { code, out } = await exported(emu);
  expect(code).toBe(0);
  for (const secret of [account.api_token, ...[...tunnels.values()].map(({ tunnel_secret }) => tunnel_secret)]) {
    expect(out).not.toContain(secret);
  }
  expect(out).toContain('colocal export --secrets');

  const unasked = await exported(emu, '--secrets');
  expect(unasked).toMatchObject({ code: 1, out: '' });
  expect(unasked.err).toContain('[SECRETS_NEED_TOKEN]');
  const wrong = await exported(emu, '--secrets', '--token', 'x'.repeat(40));
  expect(wrong).toMatchObject({ code: 1, out: '' });
  expect(wrong.err).toContain('the API token is not the one of this account');
});
