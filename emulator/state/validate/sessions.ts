import type { LoadBalancer, Rule, RuleOverrides, SessionAffinityAttributes } from '../objects.js';
import { SESSION_DEFAULTS, SESSION_TTL, type SessionFields, withSessionOverrides } from '../session-defaults.js';
import type { Problem } from '../state.types.js';
import type { Check } from './index.js';

type Field = readonly [
  'session_affinity' | 'session_affinity_ttl' | 'session_affinity_attributes',
  attribute?: keyof SessionAffinityAttributes,
  index?: number,
];

interface Finding {
  /** The fields that together are wrong. The first one that was written is blamed. */
  readonly fields: readonly [Field, ...Field[]];
  readonly code: string;
  readonly message: string;
  readonly range?: Problem['range'];
}

/** Session affinity and its options fit each other (docs/reference/load-balancing.md 1.1, 5.2). */
export const checkSessions: Check = function* (_account, _before, suspects) {
  for (const [id, loadBalancer] of suspects.load_balancers) {
    const at = ['load_balancers', id];
    for (const finding of findings(loadBalancer)) yield problemAt(at, finding.fields[0], finding);
    for (const [index, { overrides }] of loadBalancer.rules.entries()) {
      if (!overrides) continue;
      const where = [...at, 'rules', index, 'overrides'];
      for (const finding of findingsOver(basesOf(loadBalancer, index), overrides)) {
        const field = finding.fields.find((each) => isWritten(each, overrides));
        if (field) yield problemAt(where, field, finding);
      }
    }
  }
};

function problemAt(at: Problem['path'], field: Field, { code, message, range }: Finding): Problem {
  const path = [...at, ...field.filter((part) => part !== undefined)];
  return { path, code, message, ...(range && { range }) };
}

function isWritten([key, attribute]: Field, overrides: RuleOverrides): boolean {
  if (overrides[key] === undefined) return false;
  return attribute === undefined || overrides.session_affinity_attributes?.[attribute] !== undefined;
}

/** What the overrides of a rule may be laid over: the load balancer, perhaps with an earlier rule on it. */
function basesOf(loadBalancer: LoadBalancer, index: number): SessionFields[] {
  const own = loadBalancer.rules[index]?.priority ?? 0;
  const isEarlier = (rule: Rule, position: number) =>
    !rule.disabled && !rule.terminates && (rule.priority < own || (rule.priority === own && position < index));
  const earlier = loadBalancer.rules
    .filter(isEarlier)
    .map(({ overrides = {} }) => withSessionOverrides(loadBalancer, overrides));
  return [loadBalancer, ...earlier];
}

/** Which of them holds is not known before the request comes, so only what is wrong over each is wrong. */
function findingsOver([first, ...others]: SessionFields[], overrides: RuleOverrides): Finding[] {
  if (!first) return [];
  const elsewhere = others.map((base) => findings(withSessionOverrides(base, overrides)).map(({ message }) => message));
  return findings(withSessionOverrides(first, overrides)).filter(({ message }) =>
    elsewhere.every((all) => all.includes(message)),
  );
}

function findings({ session_affinity, session_affinity_ttl, session_affinity_attributes }: SessionFields): Finding[] {
  if (session_affinity === 'none') return [];
  const found: Finding[] = [];
  const { min, max } = SESSION_TTL[session_affinity];
  if (session_affinity_ttl !== undefined && (session_affinity_ttl < min || session_affinity_ttl > max)) {
    found.push({
      fields: [['session_affinity_ttl']],
      code: 'out_of_range',
      message: `must be ${min} to ${max} with session_affinity ${session_affinity}; it is ${session_affinity_ttl}`,
      range: [min, max],
    });
  }
  const attributes = { ...SESSION_DEFAULTS, ...session_affinity_attributes };
  if (attributes.samesite === 'None' && attributes.secure === 'Never') {
    found.push({
      fields: [
        ['session_affinity_attributes', 'secure'],
        ['session_affinity_attributes', 'samesite'],
      ],
      code: 'conflict',
      message:
        'samesite None and secure Never exclude each other: browsers drop such a cookie; use secure Auto or Always, or another samesite',
    });
  }
  return session_affinity === 'header' ? [...found, ...headerFindings(attributes)] : found;
}

function headerFindings({ headers, zero_downtime_failover }: SessionAffinityAttributes): Finding[] {
  const found: Finding[] = [];
  if (zero_downtime_failover === 'sticky') {
    found.push({
      fields: [['session_affinity_attributes', 'zero_downtime_failover'], ['session_affinity']],
      code: 'conflict',
      message:
        'zero_downtime_failover sticky and session_affinity header exclude each other: there is no cookie to rewrite; use temporary or none',
    });
  }
  if (headers.length === 0) {
    found.push({
      fields: [['session_affinity'], ['session_affinity_attributes', 'headers']],
      code: 'required',
      message: 'session_affinity header needs at least one name in session_affinity_attributes.headers',
    });
  }
  const seen = new Set<string>();
  for (const [index, given] of headers.entries()) {
    // Names of headers have no case; names of cookies have.
    const name = given.includes(':') ? given : given.toLowerCase();
    if (seen.has(name)) {
      found.push({
        fields: [['session_affinity_attributes', 'headers', index]],
        code: 'not_unique',
        message: `is there twice: ${given}`,
      });
    }
    seen.add(name);
  }
  return found;
}
