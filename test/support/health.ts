import type { StateView } from '../../emulator/control/state-view.schema.js';
import type { ConfigInput, Emulator } from '../../emulator/index.js';
import { address } from './emulator.js';

export type Monitor = NonNullable<ConfigInput['monitors']>[number];

/** What `GET /colocal/v1/state` shows of a pool. */
export async function poolIn(emu: Emulator, name: string): Promise<StateView['pools'][number]> {
  const response = await fetch(`${address(emu, 'apiUrl')}/colocal/v1/state`);
  const { pools } = (await response.json()) as StateView;
  const pool = pools.find((each) => each.name === name);
  if (!pool) throw new Error(`no pool is called ${name}`);
  return pool;
}

/** What it shows of an endpoint that a monitor watches. */
export async function endpointIn(emu: Emulator, pool: string, name: string) {
  const endpoint = (await poolIn(emu, pool)).endpoints.find((each) => each.name === name);
  if (!endpoint?.health) throw new Error(`no monitor watches an endpoint ${name} of ${pool}`);
  return endpoint.health;
}

/** Lets model time pass, and checks that what it started is done. */
export async function advance(emu: Emulator, by: string): Promise<void> {
  const { settled } = await emu.clock.advance(by);
  if (!settled) throw new Error('something that the clock started did not end');
}
