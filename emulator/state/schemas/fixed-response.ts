import * as z from 'zod';

/** What can stand in a header as it is (RFC 9110 5.5), in ASCII. */
const FIELD_VALUE = /^[\x20-\x7e]*$/;

/** docs/reference/load-balancing.md 8.1; defaults from section 14.33. */
export const fixedResponse = z.object({
  // A final status: 1xx cannot end an exchange (RFC 9110 15).
  status_code: z.int().min(200).max(599).default(200).describe('Status, 200 to 599.'),
  content_type: z
    .string()
    .max(32)
    .regex(FIELD_VALUE, 'must be printable ASCII')
    .default('text/plain')
    .describe('Content-Type of the body.'),
  message_body: z.string().max(1024).default('').describe('The body, at most 1024 characters.'),
  location: z
    .string()
    .max(2048)
    .regex(FIELD_VALUE, 'must be printable ASCII, percent-encoded where needed')
    .default('')
    .describe('Where a redirect leads, sent as it is; empty: no Location.'),
});
