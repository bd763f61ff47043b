import type { SteeringContext } from '../context.js';
import type { CompiledRecord, CompiledRecords } from '../snapshot.types.js';
import type { Attempt, AttemptsPlan, HttpFacts, Reason } from '../steering.types.js';

/** The proxied DNS records of one name, in an even draw. */
export class RecordPlan implements AttemptsPlan {
  readonly kind = 'attempts';
  readonly mayFailOver = true;
  readonly zoneId: string;
  private tried: CompiledRecord[] | undefined;

  constructor(
    private readonly compiled: CompiledRecords,
    private readonly context: SteeringContext<HttpFacts>,
    readonly reasons: Reason[],
  ) {
    this.zoneId = compiled.zoneId;
  }

  next(): Attempt | undefined {
    const { tried, reasons } = this;
    for (const record of tried ?? []) reasons.push(record.reasons.tried);
    const left = tried ? this.compiled.records.filter((record) => !tried.includes(record)) : this.compiled.records;
    const record = left[left.length > 1 ? this.context.rng.int(left.length) : 0];
    if (!record) return undefined;
    this.tried = [...(tried ?? []), record];
    reasons.push(record.reasons.chosen);
    if (!record.hostOfRequest) return record.attempt;
    return { endpoint: { ...record.endpoint, host: this.context.facts.host }, fallback: false };
  }
}
