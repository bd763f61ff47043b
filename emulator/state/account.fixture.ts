import { createState, type StateOptions } from './state.js';
import type { AccountState, Desired, DesiredObject, Writable } from './state.types.js';

/** Accounts for tests, with only what a test is about written out. */
export const ACCOUNT = { id: '0'.repeat(32), name: 'test', api_token: 't'.repeat(40) };

export const ZONE = 'a'.repeat(32);
export const TOKYO = '11111111-1111-4111-8111-111111111111';
export const STAGING = '22222222-2222-4222-8222-222222222222';

/** A state whose time is whatever `time.now` says. */
export function testState(options: Partial<StateOptions> = {}): { state: AccountState; time: { now: number } } {
  const time = { now: 1000 };
  return { state: createState({ clock: { now: () => time.now }, account: ACCOUNT, ...options }), time };
}

export function pool(name: string, part: Partial<Writable<'pools'>> = {}): Writable<'pools'> {
  return { id: `pool ${name}`, name, origins: [{ name: 'a', address: '192.0.2.1' }], ...part };
}

export function loadBalancer(name: string, pools: readonly string[]): Writable<'load_balancers'> {
  return { id: `lb ${name}`, zone_id: ZONE, name, default_pools: pools, fallback_pool: pools.at(-1) ?? '' };
}

export const zone: Writable<'zones'> = { id: ZONE, name: 'example.com' };
export const tunnel: Writable<'tunnels'> = { id: TOKYO, name: 'tokyo' };

/** What a file says that has these objects. */
export function desired(
  state: AccountState,
  objects: readonly (Omit<DesiredObject, 'at'> & Partial<Pick<DesiredObject, 'at'>>)[],
  part: Partial<Desired> = {},
): Desired {
  const { settings, data_centers, clients, locations } = state.read();
  return {
    account: { id: ACCOUNT.id, name: ACCOUNT.name },
    settings,
    data_centers,
    clients,
    locations,
    access: { users: [], policies: [] },
    objects: objects.map((object) => ({ at: [object.kind, object.id], ...object }) as DesiredObject),
    ...part,
  };
}
