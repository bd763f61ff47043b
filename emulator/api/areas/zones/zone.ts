import * as z from 'zod';
import { derivedHex32 } from '../../../../runtime/ids.js';
import type { Zone } from '../../../state/objects.js';
import type { AccountSnapshot } from '../../../state/state.types.js';
import { instant, times } from '../../shown.js';
import { accountReference, PERMISSIONS, userOf } from '../accounts/account.js';

/** docs/reference/api.md 2.7. */
export const zoneResult = z.object({
  id: z.string(),
  name: z.string(),
  status: z.literal('active'),
  type: z.literal('full'),
  paused: z.boolean(),
  development_mode: z.number(),
  name_servers: z.array(z.string()),
  original_name_servers: z.array(z.string()).nullable(),
  original_registrar: z.string().nullable(),
  original_dnshost: z.string().nullable(),
  account: accountReference,
  owner: z.object({ id: z.string(), type: z.literal('user'), email: z.string() }),
  plan: z.object({
    id: z.string(),
    name: z.string(),
    price: z.number(),
    currency: z.string(),
    frequency: z.string(),
    is_subscribed: z.boolean(),
    can_subscribe: z.boolean(),
    legacy_id: z.string(),
    legacy_discount: z.boolean(),
    externally_managed: z.boolean(),
  }),
  meta: z.object({
    step: z.number(),
    custom_certificate_quota: z.number(),
    page_rule_quota: z.number(),
    phishing_detected: z.boolean(),
  }),
  permissions: z.array(z.string()),
  created_on: z.string(),
  modified_on: z.string(),
  activated_on: z.string(),
});

/** Every zone is on the plan that has all features. */
const PLAN: z.infer<typeof zoneResult>['plan'] = {
  id: derivedHex32('plan', 'enterprise'),
  name: 'Enterprise Website',
  price: 0,
  currency: 'USD',
  frequency: '',
  is_subscribed: true,
  can_subscribe: false,
  legacy_id: 'enterprise',
  legacy_discount: false,
  externally_managed: false,
};

export function shownZone(zone: Zone, state: AccountSnapshot): z.infer<typeof zoneResult> {
  const { id, name } = state.account;
  return {
    id: zone.id,
    name: zone.name,
    status: 'active',
    type: 'full',
    paused: false,
    development_mode: 0,
    name_servers: ['ns1.colocal.invalid', 'ns2.colocal.invalid'],
    original_name_servers: null,
    original_registrar: null,
    original_dnshost: null,
    account: { id, name },
    owner: { ...userOf(state), type: 'user' },
    plan: PLAN,
    meta: { step: 4, custom_certificate_quota: 0, page_rule_quota: 0, phishing_detected: false },
    permissions: [...PERMISSIONS],
    ...times(zone),
    activated_on: instant(zone.created_on),
  };
}
