import { describe, expectTypeOf, test } from 'vitest';
import type * as z from 'zod';
import type {
  Account,
  ClientRule,
  LoadBalancer,
  LocationRule,
  Managed,
  Origin,
  Rule,
  RuleOverrides,
  SessionAffinityAttributes,
  Settings,
  TunnelConfiguration,
} from '../objects.js';
import type { Kind, ObjectOf } from '../state.types.js';
import type { Schemas } from './index.js';
import type { clientRuleSchema, locationRuleSchema } from './places.js';
import type { accountSchema, settingsSchema } from './settings.js';

type DeepReadonly<T> = T extends (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;
type Output<K extends Kind> = DeepReadonly<z.output<Schemas[K]>>;
type Body<K extends Kind> = DeepReadonly<Omit<ObjectOf<K>, keyof Managed>>;
/** `T` with the fields that the state completes made optional, as they are in the schema. */
type Completed<T, Keys extends keyof T> = {
  readonly [K in keyof (Omit<T, Keys> & Partial<Pick<T, Keys>>)]: (Omit<T, Keys> & Partial<Pick<T, Keys>>)[K];
};
type Same<T> = { readonly [K in keyof T]: T[K] };
/** `T` without the empty text in these fields. */
type Filled<T, Keys extends keyof T> = { readonly [K in keyof T]: K extends Keys ? Exclude<T[K], ''> : T[K] };

describe('the schemas and the types of the objects', () => {
  test('agree, field by field', () => {
    expectTypeOf<Same<Output<'zones'>>>().toEqualTypeOf<Same<Body<'zones'>>>();
    expectTypeOf<Same<Output<'dns_records'>>>().toEqualTypeOf<Completed<Body<'dns_records'>, 'content'>>();
    expectTypeOf<Same<Output<'virtual_networks'>>>().toEqualTypeOf<Same<Body<'virtual_networks'>>>();
    expectTypeOf<Same<Output<'monitors'>>>().toEqualTypeOf<Completed<Body<'monitors'>, 'method'>>();
    expectTypeOf<Same<Output<'monitor_groups'>>>().toEqualTypeOf<Same<Body<'monitor_groups'>>>();
    expectTypeOf<Same<Output<'tunnels'>>>().toEqualTypeOf<Completed<Body<'tunnels'>, 'tunnel_secret'>>();
    expectTypeOf<Same<Output<'routes'>>>().toEqualTypeOf<Completed<Body<'routes'>, 'virtual_network_id'>>();
    expectTypeOf<DeepReadonly<z.output<typeof settingsSchema>>>().toEqualTypeOf<DeepReadonly<Settings>>();
    expectTypeOf<DeepReadonly<z.output<typeof accountSchema>>>().toEqualTypeOf<DeepReadonly<Account>>();
    expectTypeOf<DeepReadonly<z.output<typeof clientRuleSchema>>>().toEqualTypeOf<DeepReadonly<ClientRule>>();
    expectTypeOf<DeepReadonly<z.output<typeof locationRuleSchema>>>().toEqualTypeOf<DeepReadonly<LocationRule>>();
  });

  test('agree on pools, whose regions are plain text to readers', () => {
    type Fields<T> = Same<Omit<T, 'check_regions' | 'health_sources' | 'origins'>>;
    expectTypeOf<Fields<Output<'pools'>>>().toEqualTypeOf<Fields<Body<'pools'>>>();
    expectTypeOf<Output<'pools'>['check_regions']>().toExtend<Body<'pools'>['check_regions']>();
    type Sources = z.output<Schemas['pools']>['health_sources'];
    expectTypeOf<Sources>().toExtend<Body<'pools'>['health_sources']>();
    expectTypeOf<Output<'pools'>['origins'][number]>().toEqualTypeOf<Same<Omit<Origin, 'disabled_at'>>>();
  });

  test('agree on load balancers, whose sessions the state completes', () => {
    type Completed = 'session_affinity' | 'session_affinity_attributes' | 'rules';
    type Fields<T> = Same<Omit<T, Completed>>;
    type Given = Output<'load_balancers'>;
    expectTypeOf<Fields<Given>>().toEqualTypeOf<Fields<DeepReadonly<Body<'load_balancers'>>>>();
    expectTypeOf<Exclude<Given['session_affinity'], ''>>().toEqualTypeOf<LoadBalancer['session_affinity']>();
    type Attributes = NonNullable<Given['session_affinity_attributes']>;
    expectTypeOf<Attributes>().toEqualTypeOf<Same<Partial<SessionAffinityAttributes>>>();

    type GivenRule = Given['rules'][number];
    expectTypeOf<Same<Omit<GivenRule, 'overrides'>>>().toEqualTypeOf<Same<Omit<Rule, 'overrides'>>>();
    type GivenOverrides = NonNullable<GivenRule['overrides']>;
    expectTypeOf<Filled<GivenOverrides, 'session_affinity'>>().toEqualTypeOf<Same<RuleOverrides>>();
  });

  test('agree on configurations, where the schema names more keys than readers need', () => {
    type Config = Output<'configurations'>['config'];
    expectTypeOf<Config>().toExtend<TunnelConfiguration>();
    expectTypeOf<keyof Config>().toEqualTypeOf<keyof TunnelConfiguration>();
  });
});
