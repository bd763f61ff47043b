import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeToken } from '../../protocol/token.js';
import { type ApiUnderTest, useApi } from '../support/api.js';
import { nextEvent } from '../support/emulator.js';
import { useServer } from '../support/servers.js';
import { CLOUDFLARED } from './support/binary.js';
import { useCli } from './support/cli.js';
import { inService, startCloudflared } from './support/process.js';

/** cloudflared's own commands against the v4 API, as people type them (docs/reference/api.md 2.6). */

const useEdge = (): Promise<ApiUnderTest> => useApi({}, { listen: { cloudflared: ['127.0.0.1:0'] } });

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;

describe.skipIf(CLOUDFLARED === undefined)('the command line of cloudflared', () => {
  test('creates, lists, tells of and deletes tunnels', async () => {
    const api = await useEdge();
    const { tunnel, home } = await useCli(api);
    const created = await tunnel('create', 'app');
    expect(created).toMatchObject({ code: 0 });
    expect(created.said).toContain('Created tunnel app with id');
    const [known] = api.emu.state.read().tunnels.values();
    const id = known?.id ?? '';
    const file = join(home, '.cloudflared', `${id}.json`);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ TunnelID: id, TunnelSecret: known?.tunnel_secret });
    expect(statSync(file).mode & 0o777).toBe(0o400);

    const again = await tunnel('create', 'app');
    expect(again.code).not.toBe(0);
    expect(again.said).toContain('tunnel with name already exists');

    expect((await tunnel('list')).said).toMatch(new RegExp(`${id} +app `));
    expect((await tunnel('info', 'app')).said).toContain('does not have any active connection');
    const token = (await tunnel('token', 'app')).said.trim();
    expect(decodeToken(token)).toMatchObject({ tunnelId: id, secret: known?.tunnel_secret });

    expect(await tunnel('delete', 'app')).toMatchObject({ code: 0 });
    expect((await tunnel('list')).said).not.toContain(id);
    expect((await tunnel('list', '--show-deleted')).said).toContain(id);
    expect((await tunnel('delete', id)).said).toContain('already been deleted');
    expect((await tunnel('info', 'nobody')).said).toContain('nobody');
  });

  test('lists more tunnels than one page has', async () => {
    const api = await useEdge();
    const { tunnel } = await useCli(api);
    api.emu.state.transact('api', (draft) => {
      for (let number = 1; number <= 25; number++) draft.put('tunnels', { name: `number-${number}` });
    });
    const { said } = await tunnel('list');
    expect(said.match(/number-\d+/g)).toHaveLength(25);
  });

  test('publishes host names by DNS and by load balancers', async () => {
    const api = await useEdge();
    const { tunnel } = await useCli(api);
    await tunnel('create', 'app');
    await tunnel('create', 'other');
    const dns = await tunnel('route', 'dns', 'app', 'www.example.com');
    expect(dns.said).toContain('Added CNAME www.example.com which will route to this tunnel');
    expect((await tunnel('route', 'dns', 'app', 'www')).said).toContain(
      'is already configured to route to your tunnel',
    );
    const taken = await tunnel('route', 'dns', 'other', 'www.example.com');
    expect(taken.code).not.toBe(0);
    expect(taken.said).toContain('An A, AAAA, or CNAME record with that host already exists');
    const over = await tunnel('route', 'dns', '--overwrite-dns', 'other', 'www.example.com');
    expect(over.said).toContain('www.example.com updated to route to your tunnel');

    const lb = (name: string) => tunnel('route', 'lb', name, 'lb.example.com', 'main');
    expect((await lb('app')).said).toContain('Created load balancer lb.example.com and added a new pool main');
    expect((await lb('app')).said).toContain('already uses pool main which has this tunnel as an origin');
    expect((await lb('other')).said).toContain('Added this tunnel as an origin in pool main');
  });

  test('routes private networks, in virtual networks', async () => {
    const api = await useEdge();
    const { tunnel } = await useCli(api);
    await tunnel('create', 'app');
    const vnet = (...args: string[]) => tunnel('vnet', ...args);
    expect((await vnet('add', 'staging', 'for tests')).said).toMatch(/Successfully added virtual 'network' staging/);
    const listed = (await vnet('list')).said;
    expect(listed).toMatch(/default +true/);
    expect(listed).toMatch(/staging +false +for tests/);
    expect((await vnet('update', '--name', 'lab', 'staging')).said).toContain('Successfully updated virtual network');

    const ip = (...args: string[]) => tunnel('route', 'ip', ...args);
    expect((await ip('add', '10.1.0.0/16', 'app', 'here')).said).toContain('Successfully added route for 10.1.0.0/16');
    expect((await ip('add', '--vnet', 'lab', '10.1.2.0/24', 'app')).code).toBe(0);
    expect((await ip('add', '10.1.0.0/16', 'app')).said).toContain('You already have a route defined');
    const shown = (await ip('show')).said;
    expect(shown).toMatch(/10\.1\.0\.0\/16 .* here .* app /);
    expect(shown).toContain('10.1.2.0/24');
    expect((await ip('get', '10.1.2.3')).said).toContain('10.1.0.0/16');
    expect((await ip('get', '--vnet', 'lab', '10.1.2.3')).said).toContain('10.1.2.0/24');
    expect((await ip('get', '192.0.2.1')).said).toContain('No route matches');

    const refused = await vnet('delete', 'lab');
    expect(refused.code).not.toBe(0);
    expect((await vnet('delete', '--force', 'lab')).code).toBe(0);
    expect((await vnet('delete', 'default')).said).toContain('it is the default virtual network');
    // By its CIDR, which cloudflared looks up first.
    expect((await ip('delete', '10.1.0.0/16')).said).toMatch(/Successfully deleted route/);
    expect((await ip('show')).said).not.toContain('10.1.');
  });

  test('runs a tunnel by its name, shows it, cleans it up, and deletes it by force', async () => {
    const api = await useEdge();
    const { tunnel, environment } = await useCli(api);
    const { port } = await useServer((_request, response) => response.end('from the origin'));
    await tunnel('create', 'app');
    await tunnel('route', 'dns', 'app', 'app.example.com');
    const args = ['--url', `http://127.0.0.1:${port}`];
    const serving = inService(api.emu, 'app', 1);
    await startCloudflared(api.emu, 'app', { args, named: 'app', environment });
    await serving;
    expect(await (await api.emu.fetch('http://app.example.com/')).text()).toBe('from the origin');

    const info = (await tunnel('info', 'app')).said;
    expect(info).toMatch(UUID);
    expect(info).toContain('1xNRT');
    expect((await tunnel('list')).said).toMatch(/app .*1xNRT/);

    expect((await tunnel('delete', 'app')).said).toContain('active connections');
    const back = nextEvent(api.emu, 'connection.opened');
    expect(await tunnel('cleanup', 'app')).toMatchObject({ code: 0 });
    // It dials in again by itself, some fifteen seconds later.
    await back;

    const gone = nextEvent(api.emu, 'connection.closed');
    expect(await tunnel('delete', '--force', 'app')).toMatchObject({ code: 0 });
    expect((await gone).data).toMatchObject({ reason: 'the tunnel was deleted' });
    const response = await api.emu.fetch('http://app.example.com/');
    expect(response.status).toBeGreaterThanOrEqual(500);
  }, 90_000);
});
