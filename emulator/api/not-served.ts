import type { Method } from './endpoint.js';
import { patternOf } from './served.js';

/** An endpoint of Cloudflare's that is not emulated. */
export interface NotServed {
  readonly methods: readonly Method[];
  /** As in {@link Endpoint.path}. */
  readonly path: string;
  /** Why not, in one line. */
  readonly because: string;
}

/** Endpoints of the areas that are emulated, and those that their clients meet beside them. */
export const NOT_SERVED: readonly NotServed[] = [
  { methods: ['GET'], path: '/zones/:zone_id/dns_records/export', because: 'zone files are not written' },
  { methods: ['POST'], path: '/zones/:zone_id/dns_records/import', because: 'zone files are not read' },
  { methods: ['POST'], path: '/zones/:zone_id/dns_records/scan', because: 'there is no other DNS to look into' },
  { methods: ['GET', 'PATCH'], path: '/zones/:zone_id/dns_settings', because: 'the DNS answers have no settings' },
  { methods: ['GET', 'PATCH', 'DELETE'], path: '/zones/:zone_id/dnssec', because: 'answers are not signed' },
  { methods: ['GET'], path: '/zones/:zone_id/dns_analytics/report', because: 'DNS queries are not counted' },
  { methods: ['PUT'], path: '/zones/:zone_id/activation_check', because: 'zones are active at once' },
  {
    methods: ['GET', 'POST', 'PATCH', 'DELETE'],
    path: '/zones/:zone_id/hold',
    because: 'nobody else could add the zone',
  },
  { methods: ['POST'], path: '/zones/:zone_id/purge_cache', because: 'nothing is cached' },
  { methods: ['GET'], path: '/zones/:zone_id/available_plans', because: 'plans are not enforced' },
  { methods: ['GET', 'POST', 'PUT'], path: '/zones/:zone_id/subscription', because: 'nothing is paid for' },
  { methods: ['GET', 'POST'], path: '/zones/:zone_id/rulesets', because: 'only rules of load balancers are emulated' },
  { methods: ['GET', 'POST'], path: '/zones/:zone_id/pagerules', because: 'only rules of load balancers are emulated' },
  { methods: ['GET', 'POST'], path: '/zones/:zone_id/firewall/rules', because: 'requests are not filtered' },
  { methods: ['GET', 'POST'], path: '/zones/:zone_id/custom_hostnames', because: 'names are those of the zones' },
  { methods: ['GET', 'POST'], path: '/zones/:zone_id/custom_certificates', because: 'the edge mints its certificates' },
  {
    methods: ['GET', 'POST'],
    path: '/zones/:zone_id/origin_tls_client_auth',
    because: 'origins see no client certificate',
  },
  {
    methods: ['GET', 'POST'],
    path: '/zones/:zone_id/healthchecks',
    because: 'monitors of pools are emulated in their place',
  },
  { methods: ['GET', 'POST'], path: '/zones/:zone_id/waiting_rooms', because: 'requests do not wait' },
  {
    methods: ['GET', 'POST'],
    path: '/zones/:zone_id/spectrum/apps',
    because: 'applications stand in colocal.yaml, with the addresses they listen at',
  },
  { methods: ['GET', 'POST'], path: '/zones/:zone_id/workers/routes', because: 'no code runs at the edge' },
  {
    methods: ['GET', 'POST'],
    path: '/zones/:zone_id/logpush/jobs',
    because: 'the journal of requests is under /colocal/v1',
  },
  { methods: ['POST'], path: '/accounts', because: 'an edge has one account, given by its configuration' },
  { methods: ['PUT', 'DELETE'], path: '/accounts/:account_id', because: 'the account is given by the configuration' },
  { methods: ['GET', 'POST'], path: '/accounts/:account_id/members', because: 'an account has one user' },
  { methods: ['GET'], path: '/accounts/:account_id/roles', because: 'the token may do everything' },
  {
    methods: ['POST'],
    path: '/accounts/:account_id/tokens',
    because: 'there is one token, given by the configuration',
  },
  { methods: ['POST'], path: '/user/tokens', because: 'there is one token, given by the configuration' },
  {
    methods: ['GET', 'PUT', 'DELETE'],
    path: '/user/tokens/:token_id',
    because: 'there is one token; the list shows it',
  },
  { methods: ['PATCH'], path: '/user', because: 'the user is nobody in particular' },
  {
    methods: ['GET', 'PUT', 'DELETE'],
    path: '/memberships/:membership_id',
    because: 'there is one; the list shows it',
  },
  { methods: ['GET', 'POST'], path: '/accounts/:account_id/access/apps', because: 'Access is not emulated' },
  { methods: ['GET', 'POST'], path: '/accounts/:account_id/gateway/rules', because: 'Gateway is not emulated' },
  { methods: ['GET'], path: '/accounts/:account_id/devices', because: 'devices are not emulated' },
  {
    methods: ['GET', 'POST'],
    path: '/accounts/:account_id/zerotrust/subnets',
    because: 'WARP has no addresses of its own here',
  },
];

const PATTERNS = NOT_SERVED.map((each) => ({ ...each, pattern: patternOf(each.path) }));

/** Why a request is not served, when that is known. `path` has the prefix. */
export function whyNotServed(method: string, path: string): string | undefined {
  return PATTERNS.find(({ methods, pattern }) => pattern.test(path) && methods.some((each) => each === method))
    ?.because;
}
