import type { Endpoint } from '../../endpoint.js';

const ACCOUNT = '/accounts/:account_id/load_balancers/';
const USER = '/user/load_balancers/';

/**
 * The same endpoints once more under the scope of a user, as older clients ask for them: the account of the token
 * (docs/reference/api.md 2.1).
 */
export function alsoForUser(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  return [
    ...endpoints,
    ...endpoints.map((endpoint) => ({
      ...endpoint,
      path: endpoint.path.replace(ACCOUNT, USER),
      summary: `${endpoint.summary}, in the scope of a user`,
    })),
  ];
}
