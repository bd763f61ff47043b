/**
 * The error factory. Every error a person can meet is defined once, with a stable code, an HTTP status
 * where it has one, a sentence that says what happened and a sentence that says what to do about it.
 */

/** `user`: somebody can fix it by changing input; printed as two lines. `system`: our fault or the machine's; printed with its stack. */
export type ErrorKind = 'user' | 'system';

export class ColocalError extends Error {
  override readonly name = 'ColocalError';

  constructor(
    /** Stable, upper case, e.g. `PORT_IN_USE`. Never reused for another meaning. */
    readonly code: string,
    readonly kind: ErrorKind,
    /** What happened and why. */
    message: string,
    /** What to do about it. */
    readonly fix: string,
    /** The HTTP status this error is answered with, where it has one. */
    readonly status?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface ErrorDefinition<Details> {
  readonly kind?: ErrorKind;
  readonly status?: number;
  readonly message: (details: Details) => string;
  readonly fix: (details: Details) => string;
}

export interface ErrorFactory<Details> {
  (details: Details, options?: ErrorOptions): ColocalError;
  readonly code: string;
  /** True when `error` was made by this factory. */
  is(error: unknown): error is ColocalError;
}

/**
 * Defines one error.
 *
 * @example
 * const portInUse = defineError<{ name: string; address: string; flag: string }>('PORT_IN_USE', {
 *   message: (d) => `the ${d.name} listener cannot open ${d.address}: the port is in use`,
 *   fix: (d) => `stop what listens there, or choose another port with ${d.flag}`,
 * });
 */
export function defineError<Details = Record<string, never>>(
  code: string,
  definition: ErrorDefinition<Details>,
): ErrorFactory<Details> {
  const create = (details: Details, options?: ErrorOptions): ColocalError =>
    new ColocalError(
      code,
      definition.kind ?? 'user',
      definition.message(details),
      definition.fix(details),
      definition.status,
      options,
    );
  return Object.assign(create, {
    code,
    is: (error: unknown): error is ColocalError => error instanceof ColocalError && error.code === code,
  });
}

/** The lines a command prints for an error: two for a user's, the stack for ours. */
export function describeError(error: unknown): string {
  if (error instanceof ColocalError) {
    // The code stands behind the first line: the last of several may be a place that carets point at.
    const [first = '', ...more] = error.message.split('\n');
    const lines = [`colocal: ${first} [${error.code}]`, ...more, `  ${error.fix}`].join('\n');
    return error.kind === 'user' ? lines : `${lines}\n${error.stack ?? ''}`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
