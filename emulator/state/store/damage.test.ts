import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createRng } from '../../../runtime/rng.js';
import { pool } from '../account.fixture.js';
import { DATA_FILE, openDatabase } from './database.js';
import { encodeValue } from './entries.js';
import { keptState, stateFolder } from './store.fixture.js';

/** A state with enough in it for a tree of several pages, and a value of several. */
async function written(): Promise<{ folder: string; file: string }> {
  const folder = stateFolder();
  const { state, store } = await keptState(folder);
  state.transact('api', (draft) => {
    for (let index = 0; index < 100; index++) draft.put('pools', pool(`p${index}`));
    draft.put('tunnels', { id: 't', name: 't', config_src: 'cloudflare' });
    draft.put('configurations', {
      id: 't',
      config: { ingress: [{ service: 'http_status:404', originRequest: { unknown: 'x'.repeat(20_000) } }] },
    });
  });
  state.transact('api', (draft) => draft.delete('pools', 'pool p7'));
  await store.close();
  return { folder, file: join(folder, DATA_FILE) };
}

async function refusal(folder: string): Promise<unknown> {
  return keptState(folder).then(
    () => 'opened',
    (error: unknown) => error,
  );
}

describe('a damaged store is refused, in words, and left as it is', () => {
  test('garbage in place of the database', async () => {
    const { folder, file } = await written();
    for (const garbage of ['garbage', 'garbage '.repeat(10_000)]) {
      writeFileSync(file, garbage);
      expect(await refusal(folder)).toMatchObject({
        code: 'STATE_DAMAGED',
        message: expect.stringMatching(/data\.mdb/),
        fix: expect.stringContaining('move it away'),
      });
      expect(readFileSync(file, 'utf8')).toBe(garbage);
    }
  });

  test('a file that was cut off anywhere', async () => {
    const { folder, file } = await written();
    const whole = readFileSync(file);
    const rng = createRng('cut');
    for (const length of [
      1,
      4096,
      8191,
      8192,
      whole.length / 2,
      ...Array.from({ length: 20 }, () => rng.int(whole.length)),
    ]) {
      writeFileSync(file, whole);
      truncateSync(file, length);
      const cut = readFileSync(file);
      const answer = await refusal(folder);
      // Its end may be pages that are free.
      if (answer !== 'opened') {
        expect(answer, `${length} bytes`).toMatchObject({ code: 'STATE_DAMAGED' });
        expect(readFileSync(file).equals(cut)).toBe(true);
      }
    }
    writeFileSync(file, whole);
    expect(await refusal(folder)).toBe('opened');
  });

  test('a bit that turned, wherever it is, never loads something else', async () => {
    const { folder, file } = await written();
    const before = await keptState(folder);
    const account = before.state.read();
    await before.store.close();
    const whole = readFileSync(file);
    const rng = createRng('bits');
    let refused = 0;
    for (let round = 0; round < 150; round++) {
      const turned = Buffer.from(whole);
      const at = rng.int(turned.length);
      turned[at] = (turned[at] ?? 0) ^ (1 << rng.int(8));
      writeFileSync(file, turned);
      const opened = await keptState(folder).catch((error: unknown) => error);
      if (opened instanceof Error) {
        refused++;
        expect(opened, `byte ${at}`).toMatchObject({ code: 'STATE_DAMAGED' });
        expect(readFileSync(file).equals(turned)).toBe(true);
      } else {
        // In what is not in use any more.
        const { state, store } = opened as Awaited<ReturnType<typeof keptState>>;
        expect(state.read(), `byte ${at}`).toEqual(account);
        await store.close();
      }
    }
    expect(refused).toBeGreaterThan(50);
  }, 60_000);

  /** Opens the database by itself, and writes into it what a store would not. */
  async function entriesWith(key: string, value: Buffer | undefined): Promise<string> {
    const { folder } = await written();
    const database = await openDatabase(folder);
    await database.write([[key, value]]);
    await database.close();
    return folder;
  }

  test.each([
    [
      'an entry under the key of another',
      'object/pools/pool p8',
      encodeValue('object/pools/pool p9', {}),
      'p8 is not as it was written',
    ],
    ['no form', 'form', undefined, 'the entry that says its form is missing'],
    ['a form that is none', 'form', encodeValue('form', 'one'), 'its form cannot be read'],
    ['no settings', 'part/settings', undefined, 'part/settings is required'],
    ['settings of the wrong type', 'part/settings', encodeValue('part/settings', 7), 'part/settings must be'],
    [
      'an object without its place',
      'object/pools/x',
      encodeValue('object/pools/x', {}),
      'object/pools/x position is required',
    ],
  ])('%s', async (_name, key, value, message) => {
    expect(await refusal(await entriesWith(key, value))).toMatchObject({
      code: 'STATE_DAMAGED',
      message: expect.stringContaining(message),
    });
  });

  test.each([
    [
      'an object that its schema refuses',
      'pools',
      { name: 'x', origins: 7 },
      'pools.x.origins: must be a list; it is 7',
    ],
    ['one that refers to nothing', 'pools', { ...pool('x'), monitor: 'none' }, 'none'],
    ['one of a kind that is not known', 'teapots', {}, 'object/teapots/x: is of a kind that it does not have'],
  ])('%s', async (_name, kind, object, message) => {
    const managed = { id: 'x', managed_by: 'api', created_on: 1, modified_on: 1 };
    const key = `object/${kind}/x`;
    const folder = await entriesWith(key, encodeValue(key, { position: 999, value: { ...object, ...managed } }));
    expect(await refusal(folder)).toMatchObject({
      code: 'STATE_INVALID',
      message: expect.stringContaining(message),
      fix: expect.stringContaining('left as it is'),
    });
  });

  test('a newer form is refused before anything else of it is read', async () => {
    const folder = await entriesWith('form', encodeValue('form', 999));
    expect(await refusal(folder)).toMatchObject({
      code: 'STATE_NEWER',
      message: expect.stringContaining('its form is 999'),
    });
  });
});
