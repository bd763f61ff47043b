import type { Area } from '../endpoint.js';
import { accounts } from './accounts/accounts.js';
import { tokens } from './accounts/tokens.js';
import { dnsRecords } from './dns/records.js';
import { ips } from './ips.js';
import { pools } from './load-balancing/pools.js';
import { zoneSettings } from './zones/settings.js';
import { zones } from './zones/zones.js';

/** What is served, in the order in which it is documented. */
export const AREAS: readonly Area[] = [pools, zones, zoneSettings, dnsRecords, accounts, tokens, ips];
