import * as z from 'zod';
import { poolReferences } from '../../../state/pool-references.js';
import type { AccountSnapshot } from '../../../state/state.types.js';
import type { ApiDeps } from '../../api.types.js';
import { found } from '../../crud.js';
import type { Endpoint } from '../../endpoint.js';
import { wholeList } from '../../paging.js';
import { notFound } from './refusal.js';

/** docs/reference/api.md 2.1. Monitor groups are not among the types that the SDK lists; they are called as it spells the others. */
const resource = z.object({
  resource_id: z.string(),
  resource_name: z.string(),
  resource_type: z.enum(['load_balancer', 'pool', 'monitor', 'monitor_group']),
});

export const reference = resource.extend({ reference_type: z.enum(['referral', 'referrer']) });

export type Resource = z.infer<typeof resource>;
export type Reference = z.infer<typeof reference>;

const TYPES = {
  load_balancers: 'load_balancer',
  pools: 'pool',
  monitors: 'monitor',
  monitor_groups: 'monitor_group',
} as const satisfies Readonly<Record<string, Resource['resource_type']>>;

type ReferringKind = keyof typeof TYPES;

export function resourceOf(kind: ReferringKind, id: string, account: AccountSnapshot): Resource {
  const object = account[kind].get(id);
  const name = object && ('name' in object ? object.name : object.description);
  return { resource_id: id, resource_name: name ?? '', resource_type: TYPES[kind] };
}

/** Who refers to whom, each pair once. */
function* pairs(account: AccountSnapshot): Generator<readonly [Resource, Resource]> {
  const pair = (from: ReferringKind, id: string, to: ReferringKind, other: string): readonly [Resource, Resource] => [
    resourceOf(from, id, account),
    resourceOf(to, other, account),
  ];
  for (const [id, loadBalancer] of account.load_balancers) {
    const pools = new Set(Array.from(poolReferences(loadBalancer), ({ pool }) => pool));
    for (const pool of pools) yield pair('load_balancers', id, 'pools', pool);
  }
  for (const [id, { monitor, monitor_group }] of account.pools) {
    if (monitor !== undefined) yield pair('pools', id, 'monitors', monitor);
    if (monitor_group !== undefined) yield pair('pools', id, 'monitor_groups', monitor_group);
  }
  for (const [id, { members }] of account.monitor_groups) {
    for (const { monitor_id } of members) yield pair('monitor_groups', id, 'monitors', monitor_id);
  }
}

/** By the id of each object: those that refer to it (`referrer`), and those that it refers to (`referral`). */
export function allReferences(account: AccountSnapshot): ReadonlyMap<string, readonly Reference[]> {
  const all = new Map<string, Reference[]>();
  const add = (id: string, other: Resource, reference_type: Reference['reference_type']): void => {
    const known = all.get(id) ?? [];
    known.push({ reference_type, ...other });
    all.set(id, known);
  };
  for (const [from, to] of pairs(account)) {
    add(to.resource_id, from, 'referrer');
    add(from.resource_id, to, 'referral');
  }
  return all;
}

/** `GET .../:id/references` of a kind. `path` is that of the collection. */
export function referencesEndpoint(
  kind: Exclude<ReferringKind, 'load_balancers'>,
  noun: string,
  path: string,
  deps: ApiDeps,
): Endpoint {
  return {
    method: 'GET',
    path: `${path}/:id/references`,
    summary: `What uses a ${noun}, and what it uses`,
    result: reference.array(),
    handle: (call) => {
      const account = deps.state.read();
      const id = call.param('id');
      found(account[kind].get(id), id, call, notFound(noun));
      return wholeList(allReferences(account).get(id) ?? []);
    },
  };
}
