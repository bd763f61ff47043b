import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type ConfigInput, type Emulator, startEmulator } from '../../emulator/index.js';

/** A folder for a state, beside a file. */
function workspace(): { readonly state: string; readonly file: string; readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'colocal-kept-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return { folder, state: join(folder, 'state'), file: join(folder, 'colocal.yaml') };
}

async function start(config: ConfigInput | string, state?: string): Promise<Emulator> {
  const emu = await startEmulator({ config, ...(state !== undefined && { state }) });
  onTestFinished(() => emu.close());
  return emu;
}

const origins = [{ name: 'a', address: '192.0.2.1' }];

const FILE = {
  account: { name: 'test' },
  tunnels: [{ name: 'tokyo' }],
  pools: [
    { name: 'one', origins },
    { name: 'two', origins },
  ],
} satisfies ConfigInput;

/** What people call things by, and who they belong to. */
function pools(emu: Emulator): Record<string, string> {
  return Object.fromEntries(
    [...emu.state.read().pools.values()].map(({ name, managed_by, description }) => [
      name,
      `${managed_by} ${description}`.trim(),
    ]),
  );
}

/** As the API changes one. */
async function describePool(emu: Emulator, name: string, description: string): Promise<void> {
  emu.state.transact('api', (draft) => {
    const id = [...draft.read().pools.values()].find((each) => each.name === name)?.id;
    draft.put('pools', { ...(id !== undefined && { id }), origins, name, description });
  });
  await emu.state.durable();
}

async function deletePool(emu: Emulator, name: string): Promise<void> {
  emu.state.transact('api', (draft) => {
    for (const pool of draft.read().pools.values()) if (pool.name === name) draft.delete('pools', pool.id);
  });
  await emu.state.durable();
}

describe('with a state, after a restart', () => {
  test("the API's objects are there, and what it did to the file's holds: nothing is there twice", async () => {
    const { state } = workspace();
    const first = await start(FILE, state);
    await describePool(first, 'one', 'changed');
    await describePool(first, 'three', 'made');
    await deletePool(first, 'two');
    const before = first.state.read();
    await first.close();

    const again = await start(FILE, state);
    expect(pools(again)).toEqual({ one: 'file changed', three: 'api made' });
    expect(again.state.read()).toEqual(before);
  });

  test('secrets that were invented are the same', async () => {
    const { state } = workspace();
    const secrets = async (): Promise<readonly (string | undefined)[]> => {
      const emu = await start(FILE, state);
      const { account, tunnels } = emu.state.read();
      const found = [account.api_token, ...[...tunnels.values()].map((each) => each.tunnel_secret), await emu.caPem()];
      await emu.close();
      return found;
    };
    const first = await secrets();
    expect(new Set(first).size).toBe(3);
    expect(await secrets()).toEqual(first);
  });

  test('a text that changed meanwhile replaces its object, and only that', async () => {
    const { state } = workspace();
    const first = await start(FILE, state);
    await describePool(first, 'one', 'changed');
    await describePool(first, 'two', 'changed');
    await describePool(first, 'three', 'made');
    const secret = [...first.state.read().tunnels.values()][0]?.tunnel_secret;
    await first.close();

    const edited: ConfigInput = {
      ...FILE,
      pools: [
        { name: 'one', origins, description: 'of the file' },
        { name: 'two', origins },
        { name: 'four', origins },
      ],
      settings: { route_header: false },
    };
    const again = await start(edited, state);
    expect(pools(again)).toEqual({ one: 'file of the file', two: 'file changed', three: 'api made', four: 'file' });
    expect(again.state.read().settings.route_header).toBe(false);
    expect([...again.state.read().tunnels.values()][0]?.tunnel_secret).toBe(secret);
  });

  test('what the file lost meanwhile is gone; what the API made stays', async () => {
    const { state } = workspace();
    const first = await start(FILE, state);
    await describePool(first, 'three', 'made');
    await first.close();
    const again = await start({ account: FILE.account, pools: [{ name: 'one', origins }] }, state);
    expect(pools(again)).toEqual({ one: 'file', three: 'api made' });
    expect(again.state.read().tunnels.size).toBe(0);
  });

  test("a reset returns the file's objects to the file, and that is kept", async () => {
    const { state } = workspace();
    const first = await start(FILE, state);
    await describePool(first, 'one', 'changed');
    await describePool(first, 'three', 'made');
    await deletePool(first, 'two');
    await first.reset();
    await first.close();
    const second = await start(FILE, state);
    expect(pools(second)).toEqual({ one: 'file', two: 'file' });
    // Also of what was changed in an earlier life.
    await describePool(second, 'one', 'changed again');
    await second.close();
    const third = await start(FILE, state);
    await third.reset();
    expect(pools(third)).toEqual({ one: 'file', two: 'file' });
  });

  test('a file that no longer goes with what the API deleted is refused, with what to do, and nothing is changed', async () => {
    const { state } = workspace();
    const balanced = (description: string): ConfigInput => ({
      ...FILE,
      zones: [
        {
          name: 'example.com',
          load_balancers: [{ name: 'app.example.com', description, default_pools: ['two'], fallback_pool: 'two' }],
        },
      ],
    });
    const first = await start(FILE, state);
    await deletePool(first, 'two');
    await first.close();
    await expect(startEmulator({ config: balanced(''), state })).rejects.toMatchObject({
      message: expect.stringContaining('change its text in the file'),
    });
    expect(pools(await start(FILE, state))).toEqual({ one: 'file' });
  });

  test('a file of another account is refused', async () => {
    const { state } = workspace();
    await (await start(FILE, state)).close();
    await expect(startEmulator({ config: { account: { name: 'another' } }, state })).rejects.toMatchObject({
      code: 'STATE_OF_ANOTHER_ACCOUNT',
    });
  });
});

test('without a state nothing is written', async () => {
  const { folder, file } = workspace();
  writeFileSync(file, JSON.stringify(FILE));
  const emu = await start(file);
  await describePool(emu, 'one', 'changed');
  await emu.caPem();
  await emu.close();
  expect(readdirSync(folder)).toEqual(['colocal.yaml']);
});

test('one state serves one emulator at a time', async () => {
  const { state } = workspace();
  const first = await start(FILE, state);
  await expect(startEmulator({ config: FILE, state })).rejects.toMatchObject({ code: 'STATE_IN_USE' });
  await first.close();
  await start(FILE, state);
});

test('an emulator that does not start lets go of its state', async () => {
  const { state } = workspace();
  await expect(startEmulator({ config: FILE, state, listen: { http: '192.0.2.1:1' } })).rejects.toThrow();
  expect(existsSync(state)).toBe(true);
  await start(FILE, state);
});
