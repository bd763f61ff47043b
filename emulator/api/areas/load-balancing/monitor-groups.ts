import * as z from 'zod';
import type { MonitorGroup } from '../../../state/objects.js';
import { SCHEMAS } from '../../../state/schemas/index.js';
import { crud } from '../../crud.js';
import type { Area } from '../../endpoint.js';
import { times } from '../../shown.js';
import { referencesEndpoint } from './references.js';
import { notFound, refusal } from './refusal.js';
import { alsoForUser } from './user-alias.js';

/** docs/reference/api.md 2.2. */
const groupResult = z.object({
  id: z.string(),
  description: z.string(),
  members: z.array(
    z.object({
      monitor_id: z.string(),
      enabled: z.boolean(),
      monitoring_only: z.boolean(),
      must_be_healthy: z.boolean(),
      created_at: z.string(),
      updated_at: z.string(),
    }),
  ),
  created_on: z.string(),
  modified_on: z.string(),
});

const PATH = '/accounts/:account_id/load_balancers/monitor_groups';

function shownGroup(group: MonitorGroup): z.infer<typeof groupResult> {
  const { created_on, modified_on } = times(group);
  return {
    id: group.id,
    description: group.description,
    // A group is written whole, its members with it.
    members: group.members.map((member) => ({ ...member, created_at: created_on, updated_at: modified_on })),
    created_on,
    modified_on,
  };
}

export const monitorGroups: Area = {
  title: 'Monitor groups',
  refusal,
  endpoints: (deps) =>
    alsoForUser([
      ...crud(
        {
          kind: 'monitor_groups',
          noun: 'monitor group',
          path: PATH,
          body: SCHEMAS.monitor_groups,
          result: groupResult,
          list: ({ monitor_groups }) => [...monitor_groups.values()],
          shown: shownGroup,
          deleted: shownGroup,
          deletedResult: groupResult,
          notFound: notFound('monitor group'),
        },
        deps,
      ),
      referencesEndpoint('monitor_groups', 'monitor group', PATH, deps),
    ]),
};
