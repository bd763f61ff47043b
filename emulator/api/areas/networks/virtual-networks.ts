import * as z from 'zod';
import type { Area } from '../../endpoint.js';
import { lifetimeTimes } from '../../lifetime.js';
import type { Json } from '../../merge.js';
import { wholeList } from '../../paging.js';
import { networkNotFound, refusal } from '../tunnels/refusal.js';
import { rememberedEndpoints } from './remembered.js';

/** docs/reference/api.md 2.5: VNet. */
const virtualNetworkResult = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  comment: z.string(),
  is_default_network: z.boolean(),
  created_at: z.iso.datetime(),
  deleted_at: z.iso.datetime().nullable(),
});

/** `is_default` is what it was called before. */
function given({ is_default, ...body }: Json): Json {
  return is_default === undefined ? body : { is_default_network: is_default, ...body };
}

export const virtualNetworks: Area = {
  title: 'Virtual networks',
  refusal,
  endpoints: (deps) =>
    rememberedEndpoints(
      {
        kind: 'virtual_networks',
        noun: 'virtual network',
        path: '/accounts/:account_id/teamnet/virtual_networks',
        body: z.object({
          name: z.string(),
          comment: z.string().optional(),
          is_default_network: z.boolean().optional(),
          is_default: z.boolean().optional(),
        }),
        result: virtualNetworkResult,
        shown: (lifetime) => {
          const { id, name, comment, is_default_network } = lifetime.object;
          return { id, name, comment, is_default_network, ...lifetimeTimes(lifetime) };
        },
        query: ['id', 'name', 'is_default', 'is_default_network'],
        filter: ({ query }) => {
          const [id, name] = [query.text('id'), query.text('name')];
          const isDefault = query.flag('is_default_network') ?? query.flag('is_default');
          return ({ object }) =>
            (id === undefined || object.id === id.toLowerCase()) &&
            (name === undefined || object.name === name) &&
            (isDefault === undefined || object.is_default_network === isDefault);
        },
        page: (networks, _call, show) => wholeList(networks.map(show)),
        given,
        notFound: networkNotFound,
        deleteQuery: ['force'],
        deleteFirst: (draft, id, call) => {
          if (call.query.flag('force') !== true) return;
          for (const route of draft.read().routes.values()) {
            if (route.virtual_network_id === id) draft.delete('routes', route.id);
          }
        },
      },
      deps,
    ),
};
