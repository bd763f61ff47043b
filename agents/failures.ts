import { ResetCause } from '../protocol/messages.js';
import type { Deadlines } from '../runtime/deadlines.js';
import { againText, Repeated } from '../runtime/repeated.js';
import type { Log } from './connector.types.js';

/** Each cause by the name that logs and metrics give it. */
export const CAUSE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(ResetCause).map(([name, cause]) => [cause, name.toLowerCase()]),
);

/**
 * What the connector could not serve, one line for each: where it was going and why it did not get there. The same
 * line again is counted, and the count said once a minute.
 */
export class Failures {
  private readonly repeated: Repeated;

  constructor(
    private readonly log: Log,
    deadlines: Deadlines,
  ) {
    this.repeated = new Repeated(deadlines);
  }

  /** An exchange or a dial ended without what it was for. `detail` names the rule or the address, and the reason. */
  failed(cause: ResetCause, detail: string): void {
    this.say('warn', { cause: CAUSE_NAMES.get(cause) }, detail);
  }

  /** The connector gave an answer of its own. */
  answered(level: 'info' | 'warn', status: number, detail: string): void {
    this.say(level, { status }, detail);
  }

  close(): void {
    this.repeated.close();
  }

  private say(level: 'info' | 'warn', fields: object, detail: string): void {
    this.repeated.happened(detail, (again) =>
      this.log[level](again === 0 ? fields : { ...fields, again }, `${detail}${againText(again)}`),
    );
  }
}
