import type { Setup } from './steering-cases.js';

/** The decision for which a goal is set: 10 pools, 3 rules, a request with its session's cookie. */
export const TYPICAL: Setup = { pools: 10, rules: 3, session: 'cookie' };
