import type { Attempt, AttemptsPlan, Reason } from '../steering.types.js';

/** The one attempt at a tunnel that was asked for by its own host name. It lies in no zone, so `zoneId` is empty. */
export class TunnelPlan implements AttemptsPlan {
  readonly kind = 'attempts';
  readonly mayFailOver = true;
  readonly zoneId = '';
  private attempt: Attempt | undefined;

  constructor(
    attempt: Attempt,
    readonly reasons: Reason[],
  ) {
    this.attempt = attempt;
  }

  next(): Attempt | undefined {
    const { attempt } = this;
    this.attempt = undefined;
    return attempt;
  }
}
