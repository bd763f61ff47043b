import { expect, test } from 'vitest';
import type { EdgeEvent } from '../observe/journal.types.js';
import { editOf } from './edit.js';

const event = (type: string, message: string, data: EdgeEvent['data'] = {}): EdgeEvent => ({
  at: 0,
  type,
  message,
  data,
});

test('an edit that was refused is told as the edge tells it', () => {
  const message =
    'a.yaml was refused, what runs stays as it was: a.yaml has 2 problems:\n  a.yaml:1:1: x\n  a.yaml:2:1: y';
  expect(editOf(event('config.refused', message))).toBe(message);
});

test('one that was applied has its warnings below it', () => {
  const warnings = ['a.yaml:1:1: one', 'a.yaml:2:1: two'];
  expect(
    editOf(
      event('config.applied', 'a.yaml was applied; warning: a.yaml:1:1: one; warning: a.yaml:2:1: two', { warnings }),
    ),
  ).toBe('a.yaml was applied\n  warning: a.yaml:1:1: one\n  warning: a.yaml:2:1: two');
  expect(editOf(event('config.applied', 'a.yaml was applied'))).toBe('a.yaml was applied');
});

test('nothing else is an edit', () => {
  expect(editOf(event('state.changed', '1 object changed'))).toBeUndefined();
});
