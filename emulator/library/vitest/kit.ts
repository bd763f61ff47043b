/** What `colocal/vitest` is made of, apart from vitest: it is bundled with the library, and vitest is not. */
import { toBeServedBy } from './to-be-served-by.js';
import { toFailOverWithin } from './to-fail-over-within.js';

export { type ColocalTestOptions, renew, withEmulator } from './fixture.js';

export const matchers = { toBeServedBy, toFailOverWithin };
