import { type FaultType, STRETCHES } from '../../emulator/state/fault.types.js';
import type { FaultInput } from '../../emulator/state/schemas/fault.js';
import type { Writable } from '../../emulator/state/state.types.js';
import type { Rng } from '../../runtime/rng.js';
import { CONNECTORS, type ConnectorName, DATA_CENTERS, type Soaked } from './setup.js';

/** Faults at once, at most. */
const MOST = 4;

type Fault = FaultInput extends infer F ? (F extends unknown ? Omit<F, 'name'> : never) : never;

/** A fault of every type, with what is drawn for it. Links are never so slow that the load does not get through. */
const FAULTS: { readonly [T in FaultType]: (rng: Rng) => Extract<Fault, { type: T }> } = {
  data_center_down: (rng) => ({ type: 'data_center_down', match: { data_center: oneOf(DATA_CENTERS, rng) } }),
  data_centers_partitioned: (rng) => ({
    type: 'data_centers_partitioned',
    match: { data_center: oneOf(DATA_CENTERS, rng) },
  }),
  connector_disconnected: (rng) => ({ type: 'connector_disconnected', match: { tunnel: tunnelOf(rng) } }),
  connector_refused: (rng) => ({ type: 'connector_refused', match: { tunnel: tunnelOf(rng) } }),
  connector_hung: (rng) => ({ type: 'connector_hung', match: { tunnel: tunnelOf(rng) }, probability: 0.2 }),
  clock_skew: (rng) => ({ type: 'clock_skew', match: { tunnel: tunnelOf(rng) }, by: oneOf(['+5m', '-1h'], rng) }),
  link_latency: (rng) => ({
    type: 'link_latency',
    match: {},
    between: oneOf(STRETCHES, rng),
    latency: '100ms',
    jitter: '100ms',
  }),
  link_bandwidth: (rng) => ({ type: 'link_bandwidth', match: {}, between: oneOf(STRETCHES, rng), rate: 2_000_000 }),
  link_loss: (rng) => ({ type: 'link_loss', match: {}, between: oneOf(STRETCHES, rng), loss: 0.1, stall: '100ms' }),
  origin_refuse: () => ({ type: 'origin_refuse', match: { endpoint: 'tokyo' }, probability: 0.5 }),
  origin_wrong_certificate: () => ({
    type: 'origin_wrong_certificate',
    match: { endpoint: 'public' },
    certificate: 'none',
    probability: 0.5,
  }),
  origin_status: () => ({ type: 'origin_status', status: 503, match: { endpoint: 'london' }, probability: 0.3 }),
  origin_slow: () => ({ type: 'origin_slow', delay: '500ms', match: {}, probability: 0.2 }),
  origin_slow_body: () => ({ type: 'origin_slow_body', rate: 500_000, match: {}, probability: 0.1 }),
  origin_reset: (rng) => ({ type: 'origin_reset', after: rng.int(100_000), match: {}, probability: 0.2 }),
  origin_truncated: (rng) => ({ type: 'origin_truncated', after: rng.int(100_000), match: {}, probability: 0.2 }),
  probes_failing: (rng) => ({ type: 'probes_failing', match: { data_center: oneOf(DATA_CENTERS, rng) } }),
};

/** What was done, by name. */
export type Deeds = Map<string, number>;

/**
 * Breaks something, or changes something, again and again: every choice from the seed. `heal` takes all of it back, and
 * resolves when every connector is there again.
 */
export function startChaos(soaked: Soaked, rng: Rng, deeds: Deeds): { heal(): Promise<void> } {
  let stopped = false;
  let wake: () => void = () => undefined;
  const pause = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  // Each type has its turn before any has another.
  const left: FaultType[] = [];
  const drawFault: DrawFault = (own) => {
    if (left.length === 0) left.push(...(Object.keys(FAULTS) as FaultType[]));
    const [type] = left.splice(own.int(left.length), 1);
    return FAULTS[type as FaultType](own);
  };
  const running = (async () => {
    for (let number = 0; !stopped; number++) {
      const own = rng.fork(number);
      const deed = await act(soaked, own, number, drawFault);
      deeds.set(deed, (deeds.get(deed) ?? 0) + 1);
      if (!stopped) await pause(100 + own.int(900));
    }
  })();
  return {
    async heal() {
      stopped = true;
      wake();
      await running;
      for (const { name } of soaked.emu.faults.list()) soaked.emu.faults.remove(name);
    },
  };
}

type DrawFault = (rng: Rng) => Fault;

async function act(soaked: Soaked, rng: Rng, number: number, drawFault: DrawFault): Promise<string> {
  const { faults } = soaked.emu;
  const drawn = rng.int(10);
  if (drawn === 0) return replaced(soaked, rng, 'drain');
  if (drawn === 1) return replaced(soaked, rng, 'close');
  if (drawn === 2) return reweighed(soaked, rng);
  const known = faults.list();
  // Those that have ended are taken away as well, sooner or later.
  if (known.length >= MOST) {
    const { name } = oneOf(known, rng);
    faults.remove(name);
    return 'fault lifted';
  }
  const fault = drawFault(rng);
  const duration = `${1 + rng.int(4)}s`;
  faults.add({ ...fault, name: `chaos-${number}`, duration } as FaultInput);
  return `fault ${fault.type}`;
}

/** A connector goes and comes back. What keeps it from registering ends by itself. */
async function replaced({ connectors, connect }: Soaked, rng: Rng, how: 'drain' | 'close'): Promise<string> {
  const name = oneOf(Object.keys(CONNECTORS) as ConnectorName[], rng);
  await connectors.get(name)?.[how]();
  await connect(name);
  return how === 'drain' ? 'connector drained' : 'connector cut off';
}

async function reweighed({ emu }: Soaked, rng: Rng): Promise<string> {
  const weight = (1 + rng.int(10)) / 10;
  emu.state.transact('api', (draft) => {
    for (const { id, managed_by: _by, created_on: _created, modified_on: _modified, ...pool } of draft
      .read()
      .pools.values()) {
      if (pool.name !== 'app') continue;
      const origins = pool.origins.map((origin) => ({ ...origin, weight }));
      draft.put('pools', { ...pool, id, origins } as Writable<'pools'>);
    }
  });
  return 'weights changed';
}

function tunnelOf(rng: Rng): string {
  return oneOf(['tokyo', 'london', 'gateway'], rng);
}

function oneOf<T>(list: readonly T[], rng: Rng): T {
  return list[rng.int(list.length)] as T;
}
