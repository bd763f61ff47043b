import * as z from 'zod';
import type { AccountSnapshot } from '../../../state/state.types.js';
import type { Area } from '../../endpoint.js';
import { pageOf } from '../../paging.js';
import { allReferences, type Resource, reference, resourceOf } from './references.js';
import { refusal } from './refusal.js';
import { alsoForUser } from './user-alias.js';

/** docs/reference/api.md 2.1. */
const searchResult = z.object({
  resources: z.array(reference.extend({ reference_type: z.literal('*'), references: reference.array() })),
});

const KINDS = ['load_balancers', 'pools', 'monitors', 'monitor_groups'] as const;

/** Names and ids that contain the text, in any case; everything when there is none. */
function matching(account: AccountSnapshot, text: string): Resource[] {
  const wanted = text.toLowerCase();
  return KINDS.flatMap((kind) =>
    Array.from(account[kind].keys(), (id) => resourceOf(kind, id, account)).filter(
      ({ resource_id, resource_name }) => resource_id === wanted || resource_name.toLowerCase().includes(wanted),
    ),
  );
}

export const search: Area = {
  title: 'Search',
  refusal,
  endpoints: (deps) =>
    alsoForUser([
      {
        method: 'GET',
        path: '/accounts/:account_id/load_balancers/search',
        summary: 'Load balancers, pools, monitors and monitor groups by name or id',
        query: ['query', 'references', 'page', 'per_page'],
        result: searchResult,
        handle: ({ query }) => {
          const account = deps.state.read();
          const wanted = query.text('references');
          const references = wanted === undefined ? undefined : allReferences(account);
          const found = matching(account, query.text('query') ?? '');
          const { result: resources, info } = pageOf(found, query, (resource) => ({
            reference_type: '*',
            ...resource,
            references: (references?.get(resource.resource_id) ?? []).filter(
              ({ reference_type }) => wanted === '*' || wanted === reference_type,
            ),
          }));
          return { result: { resources }, ...(info && { info }) };
        },
      },
    ]),
};
