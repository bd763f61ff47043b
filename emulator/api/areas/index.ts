import type { Area } from '../endpoint.js';
import { accounts } from './accounts/accounts.js';
import { tokens } from './accounts/tokens.js';
import { dnsRecords } from './dns/records.js';
import { ips } from './ips.js';
import { analytics } from './load-balancing/analytics.js';
import { accountLoadBalancers, loadBalancers } from './load-balancing/load-balancers.js';
import { monitorGroups } from './load-balancing/monitor-groups.js';
import { monitors } from './load-balancing/monitors.js';
import { pools } from './load-balancing/pools.js';
import { previews } from './load-balancing/previews.js';
import { regions } from './load-balancing/regions.js';
import { search } from './load-balancing/search.js';
import { zoneSettings } from './zones/settings.js';
import { zones } from './zones/zones.js';

/** What is served, in the order in which it is documented. */
export const AREAS: readonly Area[] = [
  loadBalancers,
  pools,
  monitors,
  monitorGroups,
  previews,
  regions,
  search,
  accountLoadBalancers,
  analytics,
  zones,
  zoneSettings,
  dnsRecords,
  accounts,
  tokens,
  ips,
];
