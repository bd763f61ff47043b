import * as z from 'zod';
import { derivedHex32 } from '../../../../runtime/ids.js';
import type { AccountSnapshot } from '../../../state/state.types.js';
import { instant } from '../../shown.js';

/** How an account is shown inside something else. */
export const accountReference = z.object({ id: z.string(), name: z.string() });

/** docs/reference/api.md 2.7. */
export const accountResult = accountReference.extend({
  type: z.literal('standard'),
  settings: z.object({ enforce_twofactor: z.boolean(), abuse_contact_email: z.string().nullable() }),
  created_on: z.string(),
});

export function shownAccount(state: AccountSnapshot): z.infer<typeof accountResult> {
  const { id, name } = state.account;
  return {
    id,
    name,
    type: 'standard',
    settings: { enforce_twofactor: false, abuse_contact_email: null },
    created_on: accountCreated(state),
  };
}

/** The account is as old as the oldest thing in it: its first virtual network comes with it. */
export function accountCreated({ virtual_networks }: AccountSnapshot): string {
  return instant(Math.min(...Array.from(virtual_networks.values(), ({ created_on }) => created_on)));
}

/** The one user of the account: whoever has the token. */
export function userOf({ account }: AccountSnapshot): { readonly id: string; readonly email: string } {
  return { id: derivedHex32(account.id, 'user'), email: 'user@colocal.invalid' };
}

export function tokenId({ account }: AccountSnapshot): string {
  return derivedHex32(account.id, 'token');
}

/** What the one token may do: everything. */
export const PERMISSIONS: readonly string[] = [
  '#dns_records:edit',
  '#dns_records:read',
  '#lb:edit',
  '#lb:read',
  '#zone:edit',
  '#zone:read',
  '#zone_settings:edit',
  '#zone_settings:read',
];
