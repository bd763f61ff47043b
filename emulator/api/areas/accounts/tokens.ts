import * as z from 'zod';
import type { AccountSnapshot } from '../../../state/state.types.js';
import type { Area, Endpoint } from '../../endpoint.js';
import type { Answer } from '../../envelope.js';
import { pageOf } from '../../paging.js';
import { plainRefusal } from '../../refusal.js';
import { accountCreated, tokenId } from './account.js';

const verified = z.object({ id: z.string(), status: z.literal('active') });

const token = verified.extend({
  name: z.string(),
  issued_on: z.string(),
  modified_on: z.string(),
  policies: z.array(z.record(z.string(), z.unknown())),
});

/** docs/reference/api.md 2.7. Only this answer has a message. */
function verify(state: AccountSnapshot): Answer {
  return {
    result: { id: tokenId(state), status: 'active' },
    messages: [{ code: 10000, message: 'This API Token is valid and active', type: null }],
  };
}

function shownToken(state: AccountSnapshot): z.infer<typeof token> {
  const created = accountCreated(state);
  return {
    id: tokenId(state),
    status: 'active',
    name: 'colocal',
    issued_on: created,
    modified_on: created,
    policies: [
      {
        id: tokenId(state),
        effect: 'allow',
        resources: { [`com.cloudflare.api.account.${state.account.id}`]: '*' },
        permission_groups: [],
      },
    ],
  };
}

/** The account has one token, which the configuration gives: it is shown, never made or changed here. */
export const tokens: Area = {
  title: 'API tokens',
  refusal: plainRefusal,
  endpoints: ({ state }) =>
    ['/user/tokens', '/accounts/:account_id/tokens'].flatMap((path): readonly Endpoint[] => [
      {
        method: 'GET',
        path: `${path}/verify`,
        summary: 'Whether the token that the request carries is good',
        result: verified,
        handle: () => verify(state.read()),
      },
      {
        method: 'GET',
        path,
        summary: 'List the tokens: there is one',
        query: ['page', 'per_page'],
        result: token.array(),
        handle: ({ query }) => pageOf([shownToken(state.read())], query, (each) => each),
      },
    ]),
};
