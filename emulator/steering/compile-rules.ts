import type { Rule } from '../state/objects.js';
import { compileExpression } from './expression/index.js';
import type { CompiledRule } from './snapshot.types.js';

/** The rules, lowest priority first, equal ones in order (docs/reference/load-balancing.md 8.1, 14.31). */
export function compileRules(rules: readonly Rule[]): CompiledRule[] {
  return rules
    .map((rule, index) => ({ rule, index }))
    .sort((a, b) => a.rule.priority - b.rule.priority || a.index - b.index)
    .map(({ rule, index }) => compileRule(rule, index));
}

function compileRule(rule: Rule, index: number): CompiledRule {
  const always = rule.condition === '';
  const subject = rule.name === '' ? `rules[${index}]` : rule.name;
  const holds = always ? 'it is for every request' : `its condition is true: ${rule.condition}`;
  return {
    index,
    disabled: rule.disabled,
    ...(always ? {} : { condition: compileExpression(rule.condition) }),
    terminates: rule.terminates,
    ...(rule.fixed_response ? { fixedResponse: rule.fixed_response } : {}),
    reason: Object.freeze({
      step: 'rule',
      subject,
      outcome: rule.fixed_response ? 'answered' : 'matched',
      detail: `${holds}${effect(rule)}`,
    }),
    skipped: Object.freeze({
      step: 'rule',
      subject,
      outcome: 'skipped',
      detail: rule.disabled ? 'disabled' : `its condition is false: ${rule.condition}`,
    }),
  };
}

function effect({ overrides, terminates, fixed_response }: Rule): string {
  const keys = Object.keys(overrides ?? {});
  const what = keys.length === 0 ? '' : `; it overrides ${keys.join(', ')}`;
  return terminates && !fixed_response ? `${what}; no rule after it counts` : what;
}
