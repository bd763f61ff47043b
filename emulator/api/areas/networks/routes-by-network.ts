import * as z from 'zod';
import { parseNetwork } from '../../../state/addresses.js';
import { defaultNetwork } from '../../../state/kinds.js';
import type { Route } from '../../../state/objects.js';
import type { AccountSnapshot, Writable } from '../../../state/state.types.js';
import type { ApiDeps } from '../../api.types.js';
import type { Call, Endpoint } from '../../endpoint.js';
import { apiError } from '../../errors.js';
import { withoutNulls } from '../../merge.js';
import { routeNotFound } from '../tunnels/refusal.js';
import { deletedAnswer, patched, type RememberedResource } from './remembered.js';

/** Routes named by their CIDR, as cloudflare-go v0 and Terraform v4 do (docs/reference/api.md 2.5). */
export function routesByNetwork(resource: RememberedResource<'routes'>, deps: ApiDeps): readonly Endpoint[] {
  const { path, result, shown } = resource;
  const body = z.object({
    tunnel_id: z.string(),
    comment: z.string().optional(),
    virtual_network_id: z.string().optional(),
  });
  const answer = (object: Route) => ({ result: shown({ object, deletedAt: null }, deps.state.read()) });
  return [
    {
      method: 'POST',
      path,
      summary: 'Create a route for a CIDR (deprecated)',
      body,
      result,
      handle: (call) => {
        const { id: _id, ...given } = withoutNulls(call.body, resource.emptyIsUnset);
        const object = { ...given, network: call.param('network') } as Writable<'routes'>;
        return answer(deps.state.transact('api', (draft) => draft.put('routes', object)));
      },
    },
    {
      method: 'PATCH',
      path,
      summary: 'Change the route of a CIDR (deprecated)',
      body,
      result,
      handle: (call) => {
        const { network: _network, ...changes } = call.body;
        return answer(
          deps.state.transact('api', (draft) =>
            patched(resource, draft, routeAt(draft.read(), call, call.body.virtual_network_id), changes),
          ),
        );
      },
    },
    {
      method: 'DELETE',
      path,
      summary: 'Delete the route of a CIDR (deprecated)',
      query: ['virtual_network_id'],
      result,
      handle: (call) => {
        const { id } = deps.state.transact('api', (draft) => {
          const route = routeAt(draft.read(), call, call.query.text('virtual_network_id'));
          draft.delete('routes', route.id);
          return route;
        });
        return deletedAnswer(resource, id, deps);
      },
    },
  ];
}

/** The route of exactly the CIDR that the path names, in this virtual network or the default one. */
function routeAt(account: AccountSnapshot, call: Call, virtualNetwork: unknown): Route {
  const wanted = parseNetwork(call.param('network'));
  if ('problem' in wanted) throw apiError(400, 1000, `Could not parse input, invalid address: ${wanted.problem}`);
  const network =
    typeof virtualNetwork === 'string' && virtualNetwork !== '' ? virtualNetwork : defaultNetwork(account)?.id;
  for (const route of account.routes.values()) {
    if (route.network === wanted.text && route.virtual_network_id === network) return route;
  }
  throw routeNotFound();
}
