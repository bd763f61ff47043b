import * as z from 'zod';
import { derivedHex32 } from '../../../../runtime/ids.js';
import type { Area } from '../../endpoint.js';
import { fits, textFilter } from '../../filter.js';
import { pageOf } from '../../paging.js';
import { plainRefusal } from '../../refusal.js';
import { accountResult, shownAccount, userOf } from './account.js';

const membership = z.object({
  id: z.string(),
  status: z.literal('accepted'),
  account: accountResult,
  roles: z.array(z.string()),
  permissions: z.record(z.string(), z.object({ read: z.boolean(), write: z.boolean() })),
});

const user = z.object({
  id: z.string(),
  email: z.string(),
  first_name: z.string().nullable(),
  last_name: z.string().nullable(),
  suspended: z.boolean(),
  two_factor_authentication_enabled: z.boolean(),
  two_factor_authentication_locked: z.boolean(),
});

/** The one account and the one user. They are what the configuration says, so nothing here writes. */
export const accounts: Area = {
  title: 'Accounts and user',
  refusal: plainRefusal,
  endpoints: ({ state }) => [
    {
      method: 'GET',
      path: '/accounts',
      summary: 'List the accounts: there is one',
      query: ['name', 'direction', 'page', 'per_page'],
      result: accountResult.array(),
      handle: ({ query }) => {
        const account = shownAccount(state.read());
        return pageOf(fits(query, [textFilter(query, 'name', account.name)]) ? [account] : [], query, (each) => each);
      },
    },
    {
      method: 'GET',
      path: '/accounts/:account_id',
      summary: 'The account',
      result: accountResult,
      handle: () => ({ result: shownAccount(state.read()) }),
    },
    {
      method: 'GET',
      path: '/memberships',
      summary: 'Of which accounts the user is a member',
      query: ['account.name', 'name', 'status', 'page', 'per_page'],
      result: membership.array(),
      handle: ({ query }) => {
        const account = shownAccount(state.read());
        const status = query.text('status');
        const wanted = fits(query, [
          textFilter(query, 'account.name', account.name),
          textFilter(query, 'name', account.name),
          status === undefined ? undefined : status === 'accepted',
        ]);
        const shown: z.infer<typeof membership> = {
          id: derivedHex32(account.id, 'membership'),
          status: 'accepted',
          account,
          roles: ['Super Administrator - All Privileges'],
          permissions: { dns_records: ALL, lb: ALL, zones: ALL, zone_settings: ALL },
        };
        return pageOf(wanted ? [shown] : [], query, (each) => each);
      },
    },
    {
      method: 'GET',
      path: '/user',
      summary: 'Whose token it is',
      result: user,
      handle: () => ({
        result: {
          ...userOf(state.read()),
          first_name: null,
          last_name: null,
          suspended: false,
          two_factor_authentication_enabled: false,
          two_factor_authentication_locked: false,
        },
      }),
    },
  ],
};

const ALL = { read: true, write: true };
