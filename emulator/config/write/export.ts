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

const WITHOUT_PASSWORDS =
  'The users of access have no passwords here, which an edge that is to start from this file asks for.';

const WITH_SECRETS: readonly string[] = ['It holds secrets: account.api_token, and the tunnel_secret of every tunnel.'];

/** A running account as a `colocal.yaml` to start from. Secrets only when they are asked for. */
export function exportConfig(account: AccountSnapshot, { secrets }: { readonly secrets: boolean }): string {
  const head = [
    ...HEAD,
    ...(secrets ? WITH_SECRETS : WITHOUT_SECRETS),
    ...(secrets || account.access.users.length === 0 ? [] : [WITHOUT_PASSWORDS]),
    ...withoutDefaultNetwork(account),
    ...wordless(account),
  ];
  return writeConfig(writtenAccount(account), { secrets, head }).text;
}

/** Every account starts with it (docs/reference/api.md 2.5), and a file cannot say that it was deleted. */
function withoutDefaultNetwork({ account, virtual_networks }: AccountSnapshot): readonly string[] {
  const isThere =
    virtual_networks.has(defaultNetworkId(account.id)) ||
    [...virtual_networks.values()].some(({ name }) => name === 'default');
  return isThere ? [] : ['The virtual network called default was deleted: starting from this file brings it back.'];
}

/** What only the API can make. */
function wordless({ hostname_routes, tunnels }: AccountSnapshot): readonly string[] {
  const hostnames = [...hostname_routes.values()].map(({ hostname }) => hostname);
  const connectors = [...tunnels.values()].filter(({ tun_type }) => tun_type === 'warp_connector');
  return [
    ...leftOut('hostname routes', hostnames),
    ...leftOut(
      'that these tunnels are WARP connectors',
      connectors.map(({ name }) => name),
    ),
  ];
}

function leftOut(what: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`left out, because a file has no words for them: ${what}: ${names.join(', ')}`];
}
