import type { Check } from './index.js';

/** docs/reference/load-balancing.md 1.5: a monitor has one part in a group. */
export const checkMonitorGroups: Check = function* (_account, _before, suspects) {
  for (const [id, { members }] of suspects.monitor_groups) {
    const first = new Map<string, number>();
    for (const [index, { monitor_id }] of members.entries()) {
      const before = first.get(monitor_id);
      if (before === undefined) first.set(monitor_id, index);
      else {
        yield {
          path: ['monitor_groups', id, 'members', index, 'monitor_id'],
          code: 'not_unique',
          message: `is the monitor of members[${before}] already: a monitor stands once in a group`,
        };
      }
    }
  }
};
