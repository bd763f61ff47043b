import { didYouMean } from '../../runtime/did-you-mean.js';
import { defineError } from '../../runtime/errors.js';

/** `call` is the function that was called, e.g. `startEmulator`. */
export const badOption = defineError<{ call: string; problem: string; fix: string }>('BAD_OPTION', {
  message: (d) => `${d.call} ${d.problem}`,
  fix: (d) => d.fix,
});

export type OptionCheck = readonly [must: string, fits: (value: unknown) => boolean];

export const TEXT: OptionCheck = ['text', (value) => typeof value === 'string'];

/** What each option of a call must be: options may come from JavaScript, where no compiler looked at them. */
export interface OptionTable {
  readonly call: string;
  /** How the call looks with the least that it needs. */
  readonly example: string;
  /** The option it cannot do without; absent: it can do without any. */
  readonly needs?: string;
  readonly options: Readonly<Record<string, OptionCheck>>;
}

/** @throws BAD_OPTION */
export function checkOptions(
  { call, example, needs, options: table }: OptionTable,
  options: unknown,
): asserts options is Readonly<Record<string, unknown>> {
  if (!isRecord(options)) throw badOption({ call, problem: 'needs an object of options', fix: example });
  refuseUnknown(call, options, Object.keys(table), 'option');
  if (needs !== undefined && options[needs] === undefined)
    throw badOption({ call, problem: `needs the option ${needs}`, fix: example });
  for (const [name, [must, fits]] of Object.entries(table)) {
    const value = options[name];
    if (value === undefined || fits(value)) continue;
    throw badOption({ call, problem: `cannot use the option ${name}: ${shown(value)}`, fix: `it must be ${must}` });
  }
}

/** {@link checkOptions} of what has a type already, which is right once the options are. @throws BAD_OPTION */
export function checkTyped(table: OptionTable, options: unknown): void {
  checkOptions(table, options);
}

/** @throws BAD_OPTION */
export function refuseUnknown(call: string, given: object, known: readonly string[], noun: string): void {
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  const problem = `has no ${noun} ${JSON.stringify(unknown)}${didYouMean(unknown, known)}`;
  throw badOption({ call, problem, fix: `${noun}s are: ${known.join(', ')}` });
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as a message quotes it. */
export function shown(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
