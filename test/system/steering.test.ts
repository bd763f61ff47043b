import { describe, expect, test } from 'vitest';
import type { ConfigInput, Emulator } from '../../emulator/index.js';
import { useEmulator } from '../support/emulator.js';
import { parseRoute } from '../support/route.js';
import { useServer } from '../support/servers.js';

type Pool = NonNullable<ConfigInput['pools']>[number];
type Origins = Pool['origins'];

const WEIGHTS = { half: 0.5, third: 0.3, fifth: 0.2 } as const;

/** One load balancer; all endpoints are servers of this machine, told apart by their ports. */
function configOf(pools: readonly Pool[], loadBalancer: { readonly fallback_pool?: string } = {}): ConfigInput {
  const default_pools = pools.map((pool) => pool.name).filter((name) => name !== loadBalancer.fallback_pool);
  return {
    settings: { duplicate_addresses: 'allow' },
    zones: [
      {
        name: 'example.com',
        load_balancers: [
          { name: 'app.example.com', proxied: true, steering_policy: 'off', default_pools, ...loadBalancer },
        ],
      },
    ],
    pools: [...pools],
  };
}

async function useEndpoints(names: readonly string[], more: Partial<Origins[number]> = {}): Promise<Origins> {
  return Promise.all(
    names.map(async (name) => {
      const { port } = await useServer((_request, response) => response.end(name));
      return { name, address: '127.0.0.1', port, ...more };
    }),
  );
}

/** Asks that often and returns who answered, in order. */
async function ask(emu: Emulator, times: number): Promise<string[]> {
  const answers: string[] = [];
  for (let time = 0; time < times; time++) {
    const response = await emu.fetch('http://app.example.com/');
    const answer = await response.text();
    expect(parseRoute(response.headers.get('colocal-route')).endpoint).toBe(answer);
    answers.push(answer);
  }
  return answers;
}

describe('random endpoint steering', () => {
  async function weighted(): Promise<ConfigInput> {
    const origins = await useEndpoints(Object.keys(WEIGHTS));
    return configOf([
      {
        name: 'p',
        origins: origins.map((origin, index) => ({ ...origin, weight: Object.values(WEIGHTS)[index] ?? 0 })),
      },
    ]);
  }

  test('gives each endpoint the share of its weight', async () => {
    const emu = await useEmulator({ config: await weighted(), seed: 7 });
    const answers = await ask(emu, 400);
    for (const [name, weight] of Object.entries(WEIGHTS)) {
      const share = answers.filter((answer) => answer === name).length / answers.length;
      // Four standard deviations; the seed is fixed, so that it holds always or never.
      expect(Math.abs(share - weight)).toBeLessThan(0.1);
    }
  });

  test('gives the same sequence of endpoints for the same seed and requests, another for another seed', async () => {
    const config = await weighted();
    const first = await ask(await useEmulator({ config, seed: 'one' }), 40);
    const again = await ask(await useEmulator({ config, seed: 'one' }), 40);
    const other = await ask(await useEmulator({ config, seed: 'two' }), 40);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(new Set(first)).toEqual(new Set(Object.keys(WEIGHTS)));
  });

  test('draws rays from the seed as well', async () => {
    const config = await weighted();
    const rays = async (seed: string) => {
      const emu = await useEmulator({ config, seed });
      await ask(emu, 3);
      return emu.requests.list().map((trace) => trace.ray);
    };
    expect(await rays('one')).toEqual(await rays('one'));
    expect(await rays('two')).not.toEqual(await rays('one'));
  });

  test('never takes an endpoint that is disabled or weighs nothing, and says why', async () => {
    const [open] = await useEndpoints(['open']);
    const [closed] = await useEndpoints(['closed'], { enabled: false });
    const [weightless] = await useEndpoints(['weightless'], { weight: 0 });
    const origins = [open, closed, weightless].filter((origin) => origin !== undefined);
    const emu = await useEmulator({ config: configOf([{ name: 'p', origins }]) });
    expect(new Set(await ask(emu, 30))).toEqual(new Set(['open']));
    const reasons = emu.requests.list(1)[0]?.reasons.filter((reason) => reason.step === 'endpoint');
    expect(reasons).toEqual([
      expect.objectContaining({ subject: 'closed', outcome: 'skipped', detail: 'disabled' }),
      expect.objectContaining({ subject: 'weightless', outcome: 'skipped' }),
      expect.objectContaining({ subject: 'open', outcome: 'chosen' }),
    ]);
  });
});

describe('steering off', () => {
  const routeOf = async (emu: Emulator) => {
    const response = await emu.fetch('http://app.example.com/');
    await response.arrayBuffer();
    return parseRoute(response.headers.get('colocal-route'));
  };

  test('takes the first of the default pools that is available', async () => {
    const pools: Pool[] = [
      { name: 'first', origins: await useEndpoints(['a']) },
      { name: 'second', origins: await useEndpoints(['b']) },
    ];
    const all = await useEmulator({ config: configOf(pools) });
    expect(await routeOf(all)).toMatchObject({ pool: 'first', endpoint: 'a', fallback: false });
    const rest = await useEmulator({ config: configOf(pools.map((pool, index) => ({ ...pool, enabled: index > 0 }))) });
    expect(await routeOf(rest)).toMatchObject({ pool: 'second', endpoint: 'b', fallback: false });
  });

  test('takes the fallback pool when none of them is', async () => {
    const pools: Pool[] = [
      { name: 'disabled', enabled: false, origins: await useEndpoints(['a']) },
      { name: 'empty', origins: await useEndpoints(['b'], { enabled: false }) },
      { name: 'last', origins: await useEndpoints(['c']) },
    ];
    const emu = await useEmulator({ config: configOf(pools, { fallback_pool: 'last' }) });
    const route = await routeOf(emu);
    expect(route).toMatchObject({ pool: 'last', endpoint: 'c', fallback: true });
    expect(emu.requests.find(String(route.ray))).toMatchObject({ pool: 'last', fallback: true });
  });
});
