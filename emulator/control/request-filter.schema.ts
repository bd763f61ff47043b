import * as z from 'zod';
import { STATUS_PATTERN } from '../observe/request-filter.js';

const name = z.string().min(1).exactOptional();

/** Which requests are asked for, in a query: emulator/observe/request-filter.ts. */
export const requestFilterSchema = z.strictObject({
  host: name.describe('Host name without port; of a connection into a private network, the address.'),
  pool: name.describe('Name of a pool that was tried.'),
  endpoint: name.describe('Name of an endpoint that was tried.'),
  tunnel: name.describe('Name of a tunnel that was tried.'),
  status: z
    .string()
    .regex(STATUS_PATTERN, 'must be a status such as 503, or a hundred of them such as 5xx')
    .exactOptional()
    .describe('What the client was answered: 503, or 5xx.'),
  fault: name.describe('Name of a fault that had a part in it; any: whichever.'),
});
