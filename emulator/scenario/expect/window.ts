import type { PlannedStep, RequestRecord } from '../scenario.types.js';
import type { ExpectSpec } from '../schema.js';

/** Which requests an expectation is about: those that were sent from one moment until another, both milliseconds. */
export interface Window {
  readonly from: number;
  readonly to: number;
  readonly load: string | undefined;
}

/** Until the expectation's step, since the step that it names, or the last one before it that did something. */
export function windowOf(step: PlannedStep, expect: ExpectSpec, steps: readonly PlannedStep[]): Window {
  const before = steps.filter(({ number }) => number < step.number);
  const since =
    expect.after === undefined
      ? before.findLast(({ action }) => action.kind !== 'expect' && action.kind !== 'advance')
      : before.find(({ name }) => name === expect.after);
  return { from: since?.at ?? 0, to: step.at, load: expect.load };
}

export function within({ from, to, load }: Window, requests: readonly RequestRecord[]): RequestRecord[] {
  return requests.filter(({ at, load: its }) => at >= from && at < to && (load === undefined || its === load));
}

/** The client got no whole answer, or one that says that nothing could answer: 5xx. */
export function hasFailed({ status }: RequestRecord): boolean {
  return status === undefined || status >= 500;
}

/** `1m30s` */
export function spanText(milliseconds: number): string {
  const rounded = Math.round(milliseconds);
  const minutes = Math.floor(rounded / 60_000);
  const seconds = (rounded - minutes * 60_000) / 1000;
  if (minutes === 0) return `${seconds}s`;
  return seconds === 0 ? `${minutes}m` : `${minutes}m${seconds}s`;
}
