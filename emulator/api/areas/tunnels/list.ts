import type { Tunnel, TunnelType } from '../../../state/objects.js';
import type { ApiDeps } from '../../api.types.js';
import type { Call } from '../../endpoint.js';
import type { Answer } from '../../envelope.js';
import { inLifetime, instantOf, type Lifetime, lifetimes } from '../../lifetime.js';
import { pageOf } from '../../paging.js';
import type { Query } from '../../query.js';
import { shownTunnel } from './tunnel-result.js';

/** What every list of tunnels is filtered by (docs/reference/api.md 2.4). */
export const TUNNEL_FILTERS: readonly string[] = [
  'name',
  'uuid',
  'is_deleted',
  'existed_at',
  'include_prefix',
  'exclude_prefix',
  'name_prefix',
  'status',
  'was_active_at',
  'was_inactive_at',
  'page',
  'per_page',
];

/** A page of the tunnels of these types that the query asks for. */
export function listTunnels({ query }: Call, types: ReadonlySet<TunnelType>, deps: ApiDeps): Answer {
  const filters = [inLifetime(query), byName(query), byStanding(query, deps)];
  const uuid = query.text('uuid');
  const tunnels = lifetimes(deps.state.read(), 'tunnels').filter(
    (lifetime) =>
      types.has(lifetime.object.tun_type) &&
      (uuid === undefined || lifetime.object.id === uuid.toLowerCase()) &&
      filters.every((holds) => holds(lifetime)),
  );
  return pageOf(tunnels, query, (tunnel) => shownTunnel(tunnel, deps));
}

type Filter = (tunnel: Lifetime<Tunnel>) => boolean;

function byName(query: Query): Filter {
  const name = query.text('name');
  // cloudflared has a name of its own for it (docs/reference/api.md 2.4).
  const prefixes = [...query.all('include_prefix'), ...query.all('name_prefix')];
  const excluded = query.all('exclude_prefix');
  return ({ object }) =>
    (name === undefined || object.name === name) &&
    (prefixes.length === 0 || prefixes.some((prefix) => object.name.startsWith(prefix))) &&
    !excluded.some((prefix) => object.name.startsWith(prefix));
}

/** Only the present standing is known: since when it is connected, or is not. */
function byStanding(query: Query, deps: ApiDeps): Filter {
  const statuses = query.all('status');
  const activeAt = instantOf(query, 'was_active_at');
  const inactiveAt = instantOf(query, 'was_inactive_at');
  return (lifetime) => {
    if (statuses.length === 0 && activeAt === undefined && inactiveAt === undefined) return true;
    const { status, conns_active_at, conns_inactive_at } = shownTunnel(lifetime, deps);
    const since = (time: string | null, asked: number | undefined): boolean =>
      asked === undefined || (time !== null && Date.parse(time) <= asked);
    return (
      (statuses.length === 0 || statuses.includes(status)) &&
      since(conns_active_at, activeAt) &&
      since(conns_inactive_at, inactiveAt)
    );
  };
}
