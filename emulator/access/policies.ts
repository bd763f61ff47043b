import { type Cidr, covers, type IpAddress, parseCidr } from '../network/ip-address.js';
import type { AccessPolicy, AccessUser } from '../state/objects.js';
import type { Reason } from '../steering/steering.types.js';

/** A connection that somebody wants into a private network. */
export interface AccessQuestion {
  /** Absent: the on-ramp asks nobody who they are. */
  readonly user?: AccessUser;
  readonly ip: IpAddress;
  readonly port: number;
  /** Id of the virtual network. */
  readonly virtualNetworkId: string;
}

export interface AccessDecision {
  readonly allowed: boolean;
  /** The policy that decided, by name; absent: none matches, or none applies. */
  readonly policy?: string;
  readonly reason: Reason;
}

/** Decides who may reach what. Pure. */
export interface AccessPolicies {
  /**
   * The first policy that matches decides. Where any policy applies to the virtual network, what none matches is
   * blocked; where none does, everything is allowed.
   */
  decide(question: AccessQuestion): AccessDecision;
}

/** A policy, read once. */
interface Compiled {
  readonly policy: AccessPolicy;
  readonly appliesTo: (virtualNetworkId: string) => boolean;
  readonly matches: (question: AccessQuestion) => boolean;
}

type Test = (question: AccessQuestion) => boolean;

export function compilePolicies(policies: readonly AccessPolicy[]): AccessPolicies {
  const compiled = policies.map(compile);
  return {
    decide(question) {
      const applying = compiled.filter(({ appliesTo }) => appliesTo(question.virtualNetworkId));
      if (applying.length === 0) {
        const detail = 'no policy applies to this virtual network, so everybody may reach everything in it';
        return { allowed: true, reason: { step: 'policy', outcome: 'off', detail } };
      }
      const found = applying.find(({ matches }) => matches(question));
      if (!found) {
        const which =
          applying.length === 1
            ? 'the one that applies to this virtual network does not match'
            : `none of the ${applying.length} that apply to this virtual network matches`;
        const detail = `${which}, and what none allows is blocked`;
        return { allowed: false, reason: { step: 'policy', outcome: 'blocked', detail } };
      }
      const { name, action } = found.policy;
      const allowed = action === 'allow';
      const reason: Reason = {
        step: 'policy',
        subject: name,
        outcome: allowed ? 'allowed' : 'blocked',
        detail: `the first that matches: ${criteriaOf(found.policy)}`,
      };
      return { allowed, policy: name, reason };
    },
  };
}

function compile(policy: AccessPolicy): Compiled {
  const networks = policy.virtual_networks && new Set(policy.virtual_networks);
  const tests = [peopleTest(policy), destinationTest(policy), portTest(policy)].filter((test) => test !== undefined);
  return {
    policy,
    appliesTo: (id) => networks === undefined || networks.has(id),
    matches: (question) => tests.every((test) => test(question)),
  };
}

/** Whoever is named, or in a group that is. Nobody is meant by either who has not said who they are. */
function peopleTest({ users, groups }: AccessPolicy): Test | undefined {
  if (!users && !groups) return undefined;
  const emails = new Set(users?.map((email) => email.toLowerCase()));
  const named = new Set(groups);
  return ({ user }) =>
    user !== undefined && (emails.has(user.email.toLowerCase()) || user.groups.some((group) => named.has(group)));
}

function destinationTest({ destinations }: AccessPolicy): Test | undefined {
  if (!destinations) return undefined;
  const networks: readonly Cidr[] = destinations.flatMap((text) => parseCidr(text) ?? []);
  return ({ ip }) => networks.some((network) => covers(network, ip));
}

function portTest({ ports }: AccessPolicy): Test | undefined {
  if (!ports) return undefined;
  const ranges = ports.map((written) => {
    const [first = '', last = first] = String(written).split('-');
    return { first: Number(first), last: Number(last) };
  });
  return ({ port }) => ranges.some(({ first, last }) => port >= first && port <= last);
}

/** What a policy asks for, for people. */
function criteriaOf({ users, groups, destinations, ports, virtual_networks }: AccessPolicy): string {
  const people = [...(users ?? []), ...(groups ?? []).map((group) => `group ${group}`)];
  const criteria = [
    people.length > 0 && people.join(', '),
    destinations && `to ${destinations.join(', ')}`,
    ports && `port ${ports.join(', ')}`,
    virtual_networks && 'in this virtual network',
  ].filter(Boolean);
  return criteria.length === 0 ? 'everybody, everything' : criteria.join('; ');
}
