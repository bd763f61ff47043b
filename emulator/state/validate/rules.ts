import { compileExpression, ExpressionError } from '../../steering/expression/index.js';
import type { Rule, RuleOverrides } from '../objects.js';
import type { Problem } from '../state.types.js';
import type { Check } from './index.js';

/** docs/reference/load-balancing.md section 8. */
export const checkRules: Check = function* (_account, _before, suspects) {
  for (const [id, { rules }] of suspects.load_balancers) {
    for (const [index, rule] of rules.entries()) {
      const at = ['load_balancers', id, 'rules', index];
      yield* checkCondition(rule, at);
      yield* checkEffect(rule, at);
      if (rule.overrides) yield* checkWeights(rule.overrides, [...at, 'overrides']);
    }
  }
};

/** Conditions are read when they are written, so that a request never meets one that cannot be (14.32). */
function* checkCondition({ condition }: Rule, at: Problem['path']): Generator<Problem> {
  if (condition === '') return;
  try {
    compileExpression(condition);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const place = error.caret().replaceAll(/^/gm, '    ');
    yield {
      path: [...at, 'condition'],
      code: 'invalid_expression',
      message: `is not a condition: ${error.message}; ${error.fix}\n${place}`,
    };
  }
}

/** Empty overrides are allowed everywhere: some clients always send them. */
function* checkEffect({ overrides, fixed_response, terminates }: Rule, at: Problem['path']): Generator<Problem> {
  if (fixed_response && Object.keys(overrides ?? {}).length > 0) {
    yield {
      path: [...at, 'overrides'],
      code: 'conflict',
      message: 'cannot stand beside fixed_response, which answers before anything is steered; keep one of them',
    };
  }
  if (!fixed_response && !overrides && !terminates) {
    yield {
      path: at,
      code: 'required',
      message: 'needs overrides or fixed_response, or terminates: true; otherwise it does nothing',
    };
  }
}

function* checkWeights(overrides: RuleOverrides, at: Problem['path']): Generator<Problem> {
  if (!overrides.random_steering) return;
  for (const key of ['pool_weights', 'pool_default_weight'] as const) {
    if (overrides[key] === undefined) continue;
    yield {
      path: [...at, key],
      code: 'conflict',
      message: 'cannot stand beside random_steering: both are the weights of the pools; keep one of them',
    };
  }
}
