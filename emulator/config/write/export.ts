import { defaultNetworkId } from '../../state/state.js';
import type { AccountSnapshot } from '../../state/state.types.js';
import { writeConfig, writtenAccount } from './write.js';

const HEAD: readonly string[] = [
  'The state of a running edge. An edge that starts from this file (colocal up --config FILE) has the same one.',
  'listen, clock and seed are no part of the state: take them from the file that the edge was started with.',
];

const WITHOUT_SECRETS: readonly string[] = [
  'Secrets are left out: account.api_token, and the tunnel_secret of every tunnel. They are written by',
  'COLOCAL_API_TOKEN=TOKEN colocal export --secrets',
];

const WITH_SECRETS: readonly string[] = ['It holds secrets: account.api_token, and the tunnel_secret of every tunnel.'];

/** A running account as a `colocal.yaml` to start from. Secrets only when they are asked for. */
export function exportConfig(account: AccountSnapshot, { secrets }: { readonly secrets: boolean }): string {
  const head = [
    ...HEAD,
    ...(secrets ? WITH_SECRETS : WITHOUT_SECRETS),
    ...withoutDefaultNetwork(account),
    ...withoutPrivate(account),
  ];
  return writeConfig(writtenAccount(account), { secrets, head }).text;
}

/** Load balancers of a configuration file stand in a zone. */
function withoutPrivate({ load_balancers }: AccountSnapshot): readonly string[] {
  const names = [...load_balancers.values()].filter(({ zone_id }) => zone_id === '').map(({ name }) => name);
  return names.length === 0 ? [] : [`Private load balancers are left out: ${names.join(', ')}.`];
}

/** Every account starts with it (docs/reference/api.md 2.5), and a file cannot say that it was deleted. */
function withoutDefaultNetwork({ account, virtual_networks }: AccountSnapshot): readonly string[] {
  const isThere =
    virtual_networks.has(defaultNetworkId(account.id)) ||
    [...virtual_networks.values()].some(({ name }) => name === 'default');
  return isThere ? [] : ['The virtual network called default was deleted: starting from this file brings it back.'];
}
