import * as z from 'zod';
import { description } from './names.js';

export const monitorGroupMemberSchema = z.object({
  monitor_id: z.string().describe('Id of the monitor.'),
  enabled: z.boolean().describe('false: the monitor does not run for pools that use this group.'),
  monitoring_only: z.boolean().describe('The monitor runs and its changes are events, but it decides nothing.'),
  must_be_healthy: z.boolean().describe('While the monitor fails, the endpoint is unhealthy whatever the others say.'),
});

/** docs/reference/load-balancing.md 1.5, api.md 2.2. */
export const monitorGroupSchema = z.object({
  description: description.describe('Free text.'),
  members: z.array(monitorGroupMemberSchema).min(1).describe('The monitors, each with its part.'),
});
