import type { Area } from '../endpoint.js';
import { pools } from './load-balancing/pools.js';

/** What is served, in the order in which it is documented. */
export const AREAS: readonly Area[] = [pools];
