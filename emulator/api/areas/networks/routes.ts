import * as z from 'zod';
import { routeTableOf } from '../../../network/routes.js';
import { covers, type Network, parseIp, parseNetwork } from '../../../state/addresses.js';
import { defaultNetwork } from '../../../state/kinds.js';
import type { Route } from '../../../state/objects.js';
import type { AccountSnapshot } from '../../../state/state.types.js';
import type { ApiDeps } from '../../api.types.js';
import type { Area, Call, Endpoint } from '../../endpoint.js';
import { apiError } from '../../errors.js';
import { type Lifetime, lifetimeOf } from '../../lifetime.js';
import { pageOf } from '../../paging.js';
import type { Query } from '../../query.js';
import { networkNotFound, refusal, routeNotFound } from '../tunnels/refusal.js';
import { type RememberedResource, rememberedEndpoints } from './remembered.js';
import { routeResult, shownRoute, shownTeamnet, teamnetResult } from './route-result.js';
import { routesByNetwork } from './routes-by-network.js';

const PATH = '/accounts/:account_id/teamnet/routes';

const ROUTES: RememberedResource<'routes'> = {
  kind: 'routes',
  noun: 'route',
  path: PATH,
  body: z.object({
    network: z.string(),
    tunnel_id: z.string(),
    comment: z.string().optional(),
    virtual_network_id: z.string().optional(),
  }),
  result: routeResult,
  shown: shownRoute,
  listed: { result: teamnetResult, shown: shownTeamnet },
  query: [
    'comment',
    'existed_at',
    'network_subset',
    'network_superset',
    'route_id',
    'tun_types',
    'tunnel_id',
    'virtual_network_id',
    'page',
    'per_page',
  ],
  filter: ({ query }, account) => filterOf(query, account),
  page: (routes, { query }, show) => pageOf(routes, query, show),
  // Without one, it is the default network.
  emptyIsUnset: new Set(['virtual_network_id']),
  notFound: routeNotFound,
};

/** docs/reference/api.md 2.5: `network_subset=N` are the routes inside N, `network_superset=N` those that contain N. */
function filterOf(query: Query, account: AccountSnapshot): (lifetime: Lifetime<Route>) => boolean {
  const comment = query.text('comment');
  const [id, tunnel, network] = ['route_id', 'tunnel_id', 'virtual_network_id'].map((name) =>
    query.text(name)?.toLowerCase(),
  );
  const types = query.all('tun_types');
  const [outer, inner] = [networkIn(query, 'network_subset'), networkIn(query, 'network_superset')];
  return ({ object }) => {
    if (id !== undefined && object.id !== id) return false;
    if (tunnel !== undefined && object.tunnel_id !== tunnel) return false;
    if (network !== undefined && object.virtual_network_id !== network) return false;
    if (comment !== undefined && object.comment !== comment) return false;
    const type = types.length === 0 ? undefined : lifetimeOf(account, 'tunnels', object.tunnel_id)?.object.tun_type;
    if (types.length > 0 && !types.includes(type ?? '')) return false;
    if (!outer && !inner) return true;
    const own = parseNetwork(object.network);
    if ('problem' in own) return false;
    return (!outer || covers(outer, own)) && (!inner || covers(own, inner));
  };
}

function networkIn(query: Query, name: string): Network | undefined {
  const text = query.text(name);
  if (text === undefined) return undefined;
  const network = parseNetwork(text);
  if (!('problem' in network)) return network;
  throw apiError(400, 1000, `Could not parse input, invalid address: ${name} ${network.problem}`);
}

const NIL_UUID = '00000000-0000-0000-0000-000000000000';

/** A Teamnet; where no route covers the address, one whose tunnel is the nil UUID, which cloudflared looks for. */
const byAddressResult = z.union([teamnetResult, z.strictObject({ tunnel_id: z.literal(NIL_UUID) })]);

function routeByAddress(deps: ApiDeps): Endpoint {
  return {
    method: 'GET',
    path: `${PATH}/ip/:ip`,
    summary: 'The route of the longest prefix that covers an address, in the default virtual network or the one named',
    query: ['virtual_network_id', 'default_virtual_network_fallback'],
    result: byAddressResult,
    handle: (call) => {
      const account = deps.state.read();
      const ip = parseIp(call.param('ip'));
      if (!ip) throw apiError(400, 1000, `Could not parse input, invalid address: ${call.param('ip')}`);
      const network = networkOf(call, account);
      // The table that connections are routed by, so that both say the same.
      const longest = network === undefined ? undefined : routeTableOf(account.routes).lookup(network, ip.toString());
      if (!longest) return { result: { tunnel_id: NIL_UUID } };
      return { result: shownTeamnet({ object: longest, deletedAt: null }, account) };
    },
  };
}

/** The virtual network that is asked about. Every route is in one, so without a fall-back none is found. */
function networkOf({ query }: Call, account: AccountSnapshot): string | undefined {
  const asked = query.text('virtual_network_id')?.toLowerCase();
  if (asked === undefined) {
    return query.flag('default_virtual_network_fallback') === false ? undefined : defaultNetwork(account)?.id;
  }
  if (!account.virtual_networks.has(asked)) throw networkNotFound();
  return asked;
}

export const routes: Area = {
  title: 'Private network routes',
  refusal,
  endpoints: (deps) => [
    ...rememberedEndpoints(ROUTES, deps),
    routeByAddress(deps),
    ...routesByNetwork({ ...ROUTES, path: `${PATH}/network/:network` }, deps),
  ],
};
