import * as z from 'zod';
import { isHostname } from './names.js';

/** docs/reference/api.md 2.7; the settings are the two that decide how a request reaches an origin. */
export const zoneSchema = z.object({
  name: z
    .string()
    .refine(isHostname, 'must be a domain name such as example.com')
    .describe('The domain, e.g. example.com. Load balancers and DNS records stand in it.'),
  settings: z
    .object({
      ssl: z
        .enum(['off', 'flexible', 'full', 'strict'])
        .default('full')
        .describe(
          'How origins are reached. off and flexible: always http. full: the scheme of the request, any certificate. strict: the same with a valid certificate.',
        ),
      always_use_https: z.boolean().default(false).describe('Redirect http requests to https.'),
    })
    .prefault({})
    .describe('Settings of the zone.'),
});
