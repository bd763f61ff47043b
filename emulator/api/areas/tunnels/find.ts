import type { Tunnel, TunnelType } from '../../../state/objects.js';
import type { AccountSnapshot } from '../../../state/state.types.js';
import { found } from '../../crud.js';
import type { Call } from '../../endpoint.js';
import type { ApiError } from '../../errors.js';
import { type Lifetime, lifetimeOf } from '../../lifetime.js';
import { tunnelNotFound } from './refusal.js';

/** The tunnel that the path names, of this type, were it deleted. */
export function anyTunnel(account: AccountSnapshot, call: Call, type: TunnelType): Lifetime<Tunnel> {
  const id = call.param('id');
  const lifetime = lifetimeOf(account, 'tunnels', id);
  return found(lifetime?.object.tun_type === type ? lifetime : undefined, id, call, tunnelNotFound);
}

/** The tunnel that the path names, of this type; a deleted one is not there. */
export function liveTunnel(
  account: AccountSnapshot,
  call: Call,
  type: TunnelType,
  notFound: () => ApiError = tunnelNotFound,
): Tunnel {
  const id = call.param('id');
  const tunnel = account.tunnels.get(id);
  return found(tunnel?.tun_type === type ? tunnel : undefined, id, call, notFound);
}
