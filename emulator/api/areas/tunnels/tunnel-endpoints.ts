import * as z from 'zod';
import { encodeToken } from '../../../../protocol/token.js';
import type { Tunnel, TunnelType } from '../../../state/objects.js';
import type { Writable } from '../../../state/state.types.js';
import type { ApiDeps } from '../../api.types.js';
import type { Endpoint } from '../../endpoint.js';
import { type Json, withoutNulls } from '../../merge.js';
import { writable } from '../../shown.js';
import { anyTunnel, liveTunnel } from './find.js';
import { listTunnels, TUNNEL_FILTERS } from './list.js';
import { hasActiveConnections, tokenNotFound } from './refusal.js';
import { connectionsOf, shownTunnel, tunnelResult } from './tunnel-result.js';

/** What one type of tunnels adds to what all have. */
export interface TunnelVariety {
  readonly type: TunnelType;
  /** For people, e.g. `tunnel`. */
  readonly noun: string;
  /** Of the collection. */
  readonly path: string;
  readonly body: z.ZodType;
  /** What a body makes of a new tunnel. */
  readonly created: (body: Json) => Omit<Writable<'tunnels'>, 'id'>;
}

const EMPTY_IS_UNSET: ReadonlySet<string> = new Set(['tunnel_secret']);

/** What create answers beside the tunnel: what its connectors are let in with (docs/reference/api.md 2.4). */
const createdResult = tunnelResult.extend({
  token: z.string(),
  credentials_file: z.object({
    AccountTag: z.string(),
    TunnelID: z.string(),
    TunnelName: z.string(),
    TunnelSecret: z.string(),
  }),
});

const changeBody = z.object({ name: z.string().optional(), tunnel_secret: z.string().optional() });

/** List, create, read, change, delete, and the token: the same for all types of tunnels. */
export function tunnelEndpoints(
  { type, noun, path, body, created }: TunnelVariety,
  deps: ApiDeps,
): readonly Endpoint[] {
  const one = `${path}/:id`;
  const tokenOf = ({ id, tunnel_secret }: Tunnel): string =>
    encodeToken({ accountId: deps.state.read().account.id, tunnelId: id, secret: tunnel_secret });
  return [
    {
      method: 'GET',
      path,
      summary: `List the ${noun}s, those that were deleted too unless is_deleted=false`,
      query: TUNNEL_FILTERS,
      result: tunnelResult.array(),
      handle: (call) => listTunnels(call, new Set([type]), deps),
    },
    {
      method: 'POST',
      path,
      summary: `Create a ${noun}; the answer has its token`,
      body,
      result: createdResult,
      handle: (call) => {
        const object = created(withoutNulls(call.body, EMPTY_IS_UNSET));
        const tunnel = deps.state.transact('api', (draft) => draft.put('tunnels', { ...object, tun_type: type }));
        const credentials = {
          AccountTag: deps.state.read().account.id,
          TunnelID: tunnel.id,
          TunnelName: tunnel.name,
          TunnelSecret: tunnel.tunnel_secret,
        };
        return {
          result: {
            ...shownTunnel({ object: tunnel, deletedAt: null }, deps),
            credentials_file: credentials,
            token: tokenOf(tunnel),
          },
        };
      },
    },
    {
      method: 'GET',
      path: one,
      summary: `One ${noun}; a deleted one has deleted_at`,
      result: tunnelResult,
      handle: (call) => ({ result: shownTunnel(anyTunnel(deps.state.read(), call, type), deps) }),
    },
    {
      method: 'PATCH',
      path: one,
      summary: 'Change the name or the secret; connections that are there stay',
      body: changeBody,
      result: tunnelResult,
      handle: (call) => {
        const { name, tunnel_secret } = withoutNulls(call.body, EMPTY_IS_UNSET);
        const changes = { ...(name !== undefined && { name }), ...(tunnel_secret !== undefined && { tunnel_secret }) };
        const object = deps.state.transact('api', (draft) => {
          const before = liveTunnel(draft.read(), call, type);
          return draft.put('tunnels', { ...writable(before), ...changes, id: before.id } as Writable<'tunnels'>);
        });
        return { result: shownTunnel({ object, deletedAt: null }, deps) };
      },
    },
    {
      method: 'DELETE',
      path: one,
      summary: `Delete a ${noun} and its routes; with connections only by cascade=true`,
      query: ['cascade'],
      result: tunnelResult,
      handle: (call) => {
        const { id } = liveTunnel(deps.state.read(), call, type);
        const isConnected = connectionsOf(id, deps).length > 0;
        if (isConnected && call.query.flag('cascade') !== true) throw hasActiveConnections();
        deps.state.transact('api', (draft) => draft.delete('tunnels', id));
        return { result: shownTunnel(anyTunnel(deps.state.read(), call, type), deps) };
      },
    },
    {
      method: 'GET',
      path: `${one}/token`,
      summary: 'The token with which connectors dial in',
      result: z.string(),
      handle: (call) => ({ result: tokenOf(liveTunnel(deps.state.read(), call, type, tokenNotFound)) }),
    },
  ];
}
