import type { AccessUser, Managed } from '../../state/objects.js';
import type { AccountSnapshot } from '../../state/state.types.js';
import { fileSchema } from '../schema.js';
import { asWritten } from './as-written.js';
import { fileForm } from './file-form.js';
import type { LeftOut } from './left-out.js';
import type { WrittenAccount, WrittenKind, WrittenObjects } from './write.types.js';
import { yamlText } from './yaml-text.js';

export interface WrittenConfig {
  /** A whole `colocal.yaml`. */
  readonly text: string;
  readonly leftOut: readonly LeftOut[];
}

export interface WriteOptions {
  /** Whether `account.api_token` and the tunnels' `tunnel_secret` are written. */
  readonly secrets: boolean;
  /** Lines of the comment at the top. */
  readonly head: readonly string[];
  /** What whoever made the account left out already. Paths are those of the file that is written. */
  readonly leftOut?: readonly LeftOut[];
}

/**
 * Writes `colocal.yaml`: reading it gives the same account. Ids are written, names stand in place of ids that refer,
 * defaults are left out, objects keep their order. What the file has no words for is left out, with a comment.
 */
export function writeConfig(account: WrittenAccount, { secrets, head, leftOut = [] }: WriteOptions): WrittenConfig {
  const fitted = asWritten(fileSchema, fileForm(secrets ? account : withoutSecrets(account)));
  const all = [...leftOut, ...fitted.leftOut];
  return { text: yamlText(fitted.value, head, all), leftOut: all };
}

/** A running account as it is written. */
export function writtenAccount(snapshot: AccountSnapshot): WrittenAccount {
  const { account, settings, data_centers, clients, locations, access } = snapshot;
  const all = <K extends WrittenKind>(kind: K): WrittenObjects[K] =>
    [...snapshot[kind].values()].map(unmanaged) as unknown as WrittenObjects[K];
  return {
    account,
    settings,
    data_centers,
    clients,
    locations,
    access,
    objects: {
      zones: all('zones'),
      load_balancers: all('load_balancers'),
      dns_records: all('dns_records'),
      pools: [...snapshot.pools.values()].map(unmanaged).map(({ origins, ...pool }) => ({
        ...pool,
        // A time, which begins anew.
        origins: origins.map(({ disabled_at: _since, ...origin }) => origin),
      })) as unknown as WrittenObjects['pools'],
      monitors: all('monitors'),
      monitor_groups: all('monitor_groups'),
      tunnels: all('tunnels'),
      configurations: all('configurations'),
      virtual_networks: all('virtual_networks'),
      routes: all('routes'),
      spectrum: all('spectrum'),
      faults: all('faults'),
    },
  };
}

function unmanaged<T extends Managed>(object: T): Omit<T, Exclude<keyof Managed, 'id'>> {
  const { managed_by: _by, created_on: _created, modified_on: _modified, ...body } = object;
  return body;
}

function withoutSecrets(account: WrittenAccount): WrittenAccount {
  const { api_token: _token, ...rest } = account.account;
  const tunnels = account.objects.tunnels.map(({ tunnel_secret: _secret, ...tunnel }) => tunnel);
  // Nobody gets in with a password that was made up: whoever starts from the file has to give them.
  const users = account.access.users.map(({ password: _password, ...user }) => user) as unknown as AccessUser[];
  const access = { ...account.access, users };
  return { ...account, account: rest, access, objects: { ...account.objects, tunnels } };
}
