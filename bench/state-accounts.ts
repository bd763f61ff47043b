import { PLAIN } from '../emulator/faults/hooks.js';
import { createState } from '../emulator/state/state.js';
import type { AccountState, Desired, DesiredObject, Draft } from '../emulator/state/state.types.js';
import { ViewCompiler } from '../emulator/view.js';

/** How much of everything. Load balancers as many as pools. */
export interface Size {
  readonly pools: number;
  readonly tunnels: number;
  readonly routes: number;
}

const ZONE = 'a'.repeat(32);
const ACCOUNT = { id: '0'.repeat(32), name: 'bench', api_token: 't'.repeat(40) };

/** An account with nothing in it, and a view that follows it as the edge's does. */
export function emptyEdge(): { readonly state: AccountState; readonly views: () => number } {
  let now = 1_000;
  const state = createState({ clock: { now: () => now++ }, account: ACCOUNT });
  const compiler = new ViewCompiler((opened) => opened);
  let compiled = 0;
  compiler.compile(state.read(), PLAIN);
  state.subscribe((event) => {
    compiler.compile(event.after, PLAIN, event);
    compiled++;
  });
  return { state, views: () => compiled };
}

/** What a file of that size says: every other pool has private endpoints, every third endpoint a monitor's watch. */
export function desiredOf(state: AccountState, size: Size): Desired {
  const { settings, data_centers, clients, locations, access } = state.read();
  const objects: DesiredObject[] = [];
  const add = (object: Omit<DesiredObject, 'at'>): void => {
    objects.push({ ...object, at: [object.kind, objects.length] } as DesiredObject);
  };
  const network = [...state.read().virtual_networks.keys()][0] ?? '';
  add({ kind: 'zones', id: ZONE, object: { name: 'example.com' } });
  add({ kind: 'monitors', id: 'monitor', object: { expected_codes: '200' } });
  for (let i = 0; i < size.tunnels; i++) add({ kind: 'tunnels', id: tunnelId(i), object: { name: `tunnel ${i}` } });
  for (let i = 0; i < size.routes; i++) {
    const object = { network: routeNetwork(i), tunnel_id: tunnelId(i % size.tunnels), virtual_network_id: network };
    add({ kind: 'routes', id: `route ${i}`, object });
  }
  for (let i = 0; i < size.pools; i++) add({ kind: 'pools', id: `pool ${i}`, object: poolOf(i, size, network) });
  for (let i = 0; i < size.pools; i++) add({ kind: 'load_balancers', id: `lb ${i}`, object: balancerOf(i, size) });
  return {
    account: { id: ACCOUNT.id, name: ACCOUNT.name },
    settings,
    data_centers,
    clients,
    locations,
    access,
    objects,
  };
}

/** By kind of object: one change of one that is there, another each time. */
export const CHANGES: Readonly<Record<string, (draft: Draft, size: Size, time: number) => void>> = {
  'a pool written': (draft, size, time) => {
    const i = time % size.pools;
    draft.put('pools', { id: `pool ${i}`, ...poolOf(i, size, networkOf(draft)), description: `change ${time}` });
  },
  'a load balancer written': (draft, size, time) => {
    const i = time % size.pools;
    draft.put('load_balancers', { id: `lb ${i}`, ...balancerOf(i, size), description: `change ${time}` });
  },
  'a tunnel written': (draft, size, time) => {
    const i = time % size.tunnels;
    draft.put('tunnels', { id: tunnelId(i), name: `tunnel ${i} ${time}` });
  },
  'a route written': (draft, size, time) => {
    const i = time % size.routes;
    const tunnel_id = tunnelId((i + time) % size.tunnels);
    draft.put('routes', {
      id: `route ${i}`,
      network: routeNetwork(i),
      tunnel_id,
      virtual_network_id: networkOf(draft),
      comment: `change ${time}`,
    });
  },
  'a route created or deleted': (draft, _size, time) => {
    const id = 'another route';
    if (time % 2 === 1) draft.delete('routes', id);
    else draft.put('routes', { id, network: '192.168.0.0/16', tunnel_id: tunnelId(0) });
  },
  'a pool created or deleted': (draft, _size, time) => {
    const id = 'another pool';
    if (time % 2 === 1) draft.delete('pools', id);
    else draft.put('pools', { id, name: 'another', origins: [{ name: 'a', address: '192.0.2.1' }] });
  },
};

function networkOf(draft: Draft): string {
  return draft.read().virtual_networks.keys().next().value ?? '';
}

function tunnelId(i: number): string {
  return `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`;
}

/** /32s of 10.0.0.0/8, and each 16th a /24 over its neighbours. */
function routeNetwork(i: number): string {
  const [a, b] = [(i >>> 8) & 255, i & 255];
  return i % 16 === 0 ? `10.${a}.${b}.0/24` : `10.${a}.${b}.1/32`;
}

function poolOf(i: number, size: Size, network: string) {
  const isPrivate = i % 2 === 0;
  const route = (i * 17 + 1) % size.routes;
  const address = isPrivate
    ? routeNetwork(route).replace(/\.0\/24|\/32/, (end) => (end === '/32' ? '' : '.7'))
    : '192.0.2.1';
  const origins = [
    { name: 'a', address, ...(isPrivate ? { virtual_network_id: network } : {}) },
    { name: 'b', address: `origin-${i}.example.net` },
  ];
  return { name: `pool-${i}`, origins, ...(i % 3 === 0 ? { monitor: 'monitor' } : {}) };
}

function balancerOf(i: number, size: Size) {
  const pools = [0, 1, 2].map((next) => `pool ${(i + next) % size.pools}`);
  return {
    zone_id: ZONE,
    name: `lb-${i}.example.com`,
    proxied: true,
    default_pools: pools,
    fallback_pool: pools[0] as string,
  };
}
