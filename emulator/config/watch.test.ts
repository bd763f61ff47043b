import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Deadline, ManualDeadlines } from '../../runtime/deadlines.js';
import type { ColocalError } from '../../runtime/errors.js';
import { createState } from '../state/state.js';
import type { AccountState } from '../state/state.types.js';
import {
  accountOf,
  applyConfig,
  type ConfigProblem,
  formatProblem,
  loadConfigFile,
  type Watch,
  watchConfig,
} from './index.js';

const config = (...pools: string[]) =>
  `pools:\n${pools.map((name) => `  - {name: ${name}, origins: [{name: a, address: 192.0.2.1}]}\n`).join('')}`;

/** Deadlines that tell when somebody starts to wait. */
class ObservedDeadlines extends ManualDeadlines {
  private heard: (() => void)[] = [];

  override after(milliseconds: number, expire: () => void): Deadline {
    const deadline = super.after(milliseconds, expire);
    for (const hear of this.heard.splice(0)) hear();
    return deadline;
  }

  async waiting(): Promise<void> {
    if (this.size === 0) await new Promise<void>((resolve) => this.heard.push(resolve));
  }
}

type Outcome = { readonly applied: readonly ConfigProblem[] } | { readonly refused: ColocalError };

describe('a watched file', () => {
  let folder = '';
  let path = '';
  let state: AccountState;
  let watch: Watch;
  let deadlines: ObservedDeadlines;
  let outcomes: Outcome[];
  let onOutcome: (() => void) | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'colocal-watch-'));
    path = join(folder, 'colocal.yaml');
    await writeFile(path, config('tokyo'));
    await start();
  });

  afterEach(async () => {
    watch.close();
    await rm(folder, { recursive: true });
  });

  async function start(): Promise<void> {
    const loaded = await loadConfigFile(path);
    state = createState({ clock: { now: () => 0 }, account: accountOf(loaded) });
    applyConfig(state, loaded);
    deadlines = new ObservedDeadlines();
    outcomes = [];
    const report = (outcome: Outcome) => {
      outcomes.push(outcome);
      onOutcome?.();
    };
    watch = watchConfig({
      path,
      state,
      loaded,
      deadlines,
      onApplied: (_loaded, warnings) => report({ applied: warnings }),
      onRefused: (refused) => report({ refused }),
    });
  }

  /** The next thing that was reported; lets signs settle until there is one. */
  async function outcome(): Promise<Outcome> {
    for (;;) {
      const next = outcomes.shift();
      if (next) return next;
      const arrived = new Promise<void>((resolve) => {
        onOutcome = resolve;
      });
      await Promise.race([arrived, deadlines.waiting()]);
      deadlines.elapse(50);
    }
  }

  const pools = () => [...state.read().pools.values()].map(({ name }) => name);

  test('is applied when it is written in place', async () => {
    await writeFile(path, config('tokyo', 'osaka'));
    expect(await outcome()).toEqual({ applied: [] });
    expect(pools()).toEqual(['tokyo', 'osaka']);
  });

  test('is applied when an editor renames a new file over it, again and again', async () => {
    for (const name of ['osaka', 'kyoto']) {
      await writeFile(`${path}.tmp`, config(name));
      await rename(`${path}.tmp`, path);
      expect(await outcome()).toEqual({ applied: [] });
      expect(pools()).toEqual([name]);
    }
  });

  test('is refused whole when it is bad, and the state stays', async () => {
    const before = state.read();
    await writeFile(path, config('osaka').replace('address', 'adress'));
    const result = await outcome();
    expect(result).toMatchObject({ refused: { code: 'CONFIG_INVALID' } });
    expect('refused' in result ? result.refused.message : '').toContain('did you mean "address"?');
    expect(state.read()).toBe(before);

    await writeFile(path, config('osaka'));
    expect(await outcome()).toEqual({ applied: [] });
    expect(pools()).toEqual(['osaka']);
  });

  test('that goes away is reported, and taken again when it is back', async () => {
    await rm(path);
    expect(await outcome()).toMatchObject({ refused: { code: 'CONFIG_NOT_FOUND' } });
    expect(pools()).toEqual(['tokyo']);
    await writeFile(path, config('osaka'));
    expect(await outcome()).toEqual({ applied: [] });
    expect(pools()).toEqual(['osaka']);
  });

  test('says what needs a restart, and applies the rest', async () => {
    await writeFile(path, `listen: {http: "127.0.0.1:0"}\nseed: 7\n${config('osaka')}`);
    const result = await outcome();
    const warnings = 'applied' in result ? result.applied.map(formatProblem) : [];
    expect(warnings).toEqual([
      `${path}:1:1: listen has changed; the rest is applied, but this needs a restart`,
      `${path}:2:7: seed has changed; the rest is applied, but this needs a restart`,
    ]);
    expect(pools()).toEqual(['osaka']);
  });

  test('is not applied again when its content is the same', async () => {
    const revision = state.read().revision;
    await writeFile(path, config('tokyo'));
    await writeFile(join(folder, 'other.yaml'), config('kyoto'));
    await deadlines.waiting();
    deadlines.elapse(50);
    await writeFile(path, config('tokyo', 'osaka'));
    expect(await outcome()).toEqual({ applied: [] });
    expect(outcomes).toEqual([]);
    expect(state.read().revision).toBe(revision + 1);
  });

  test('is not applied while it is only half written', async () => {
    const whole = config('tokyo', 'osaka', 'kyoto');
    await writeFile(path, whole.slice(0, whole.indexOf('  - {name: osaka')));
    await deadlines.waiting();
    deadlines.elapse(50);
    await writeFile(path, whole);
    expect(await outcome()).toEqual({ applied: [] });
    expect(pools()).toEqual(['tokyo', 'osaka', 'kyoto']);
    expect(outcomes).toEqual([]);
  });

  test('may be a link whose target is exchanged', async () => {
    watch.close();
    await mkdir(join(folder, 'v1'));
    await mkdir(join(folder, 'v2'));
    await writeFile(join(folder, 'v1', 'colocal.yaml'), config('tokyo'));
    await writeFile(join(folder, 'v2', 'colocal.yaml'), config('osaka'));
    await symlink('v1', join(folder, 'current'));
    await rm(path);
    await symlink(join('current', 'colocal.yaml'), path);
    await start();
    await symlink('v2', join(folder, 'next'));
    await rename(join(folder, 'next'), join(folder, 'current'));
    expect(await outcome()).toEqual({ applied: [] });
    expect(pools()).toEqual(['osaka']);
  });

  test('is left alone after close', async () => {
    watch.close();
    await writeFile(path, config('osaka'));
    expect(deadlines.size).toBe(0);
    expect(outcomes).toEqual([]);
  });
});
